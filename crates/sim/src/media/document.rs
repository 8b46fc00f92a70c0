//! PDF, by hand: real text in a real font, with a cross-reference table that
//! is right.

/// One page: lines of plain text.
#[derive(Clone, Debug)]
pub struct Page {
    /// From the top down.
    pub lines: Vec<String>,
}

/// A PDF 1.4 file with one text page for each of `pages`.
pub(super) fn pdf(pages: &[Page], id: u64) -> Vec<u8> {
    let mut file = File::default();
    let kids: Vec<String> = (0..pages.len())
        .map(|n| format!("{} 0 R", 4 + 2 * n))
        .collect();
    file.object("<< /Type /Catalog /Pages 2 0 R >>");
    file.object(&format!(
        "<< /Type /Pages /Kids [{}] /Count {} >>",
        kids.join(" "),
        pages.len()
    ));
    file.object("<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>");
    for page in pages {
        let content = file.next() + 1;
        file.object(&format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {content} 0 R \
             /Resources << /Font << /F1 3 0 R >> >> >>"
        ));
        let text = drawn(page);
        file.object(&format!(
            "<< /Length {} >>\nstream\n{text}\nendstream",
            text.len()
        ));
    }
    file.object(&format!(
        "<< /Title (Fax {id}) /Producer (Larkspur fax gateway) >>"
    ));
    file.finish(id)
}

/// The drawing operators of a page.
fn drawn(page: &Page) -> String {
    let mut text = String::from("BT /F1 11 Tf 14 TL 54 738 Td\n");
    for line in &page.lines {
        let plain: String = line
            .chars()
            .map(|c| if c.is_ascii_graphic() { c } else { ' ' })
            .collect();
        let escaped = plain
            .replace('\\', "\\\\")
            .replace('(', "\\(")
            .replace(')', "\\)");
        text.extend(["(", &escaped, ") Tj T*\n"]);
    }
    text.push_str("ET");
    text
}

#[derive(Default)]
struct File {
    bytes: Vec<u8>,
    offsets: Vec<usize>,
}

impl File {
    /// Number that the next object gets.
    fn next(&self) -> usize {
        self.offsets.len() + 1
    }

    fn object(&mut self, body: &str) {
        if self.bytes.is_empty() {
            self.bytes.extend(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n");
        }
        let number = self.next();
        self.offsets.push(self.bytes.len());
        self.bytes
            .extend(format!("{number} 0 obj\n{body}\nendobj\n").bytes());
    }

    fn finish(mut self, id: u64) -> Vec<u8> {
        let start = self.bytes.len();
        let (size, info) = (self.next(), self.offsets.len());
        let table: Vec<String> = self
            .offsets
            .iter()
            .map(|offset| format!("{offset:010} 00000 n \n"))
            .collect();
        let tail = format!(
            "xref\n0 {size}\n0000000000 65535 f \n{}trailer\n\
             << /Size {size} /Root 1 0 R /Info {info} 0 R /ID [<{id:032x}> <{id:032x}>] >>\n\
             startxref\n{start}\n%%EOF\n",
            table.concat()
        );
        self.bytes.extend(tail.bytes());
        self.bytes
    }
}
