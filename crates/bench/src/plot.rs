//! A picture of one comparison, as SVG written by hand: bars for the medians,
//! a dot for each round. No library: it is forty lines of text.

use std::fmt::Write;

use crate::table::{median, number};

/// Bars with dots.
pub(crate) struct Plot {
    /// What is shown, with its unit.
    pub(crate) title: String,
    /// The command that made it, below.
    pub(crate) note: String,
    /// A bar each: its name, and the value of each round.
    pub(crate) bars: Vec<(String, Vec<f64>)>,
}

const WIDTH: f64 = 720.0;
const LEFT: f64 = 170.0;
const RIGHT: f64 = 90.0;
const TOP: f64 = 44.0;
const STEP: f64 = 38.0;
const BAR: f64 = 20.0;
const COLOURS: [&str; 5] = ["#1f6f54", "#8a8f98", "#b6872c", "#5b7db1", "#9a5aa5"];

impl Plot {
    /// The picture.
    pub(crate) fn svg(&self) -> String {
        let height = TOP + STEP * self.bars.len() as f64 + 34.0;
        let all = self.bars.iter().flat_map(|(_, rounds)| rounds);
        let most = all.copied().fold(f64::MIN_POSITIVE, f64::max);
        let across = |value: f64| LEFT + (WIDTH - LEFT - RIGHT) * value / most;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
             font-family=\"sans-serif\" font-size=\"13\" fill=\"#20242a\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
             <text x=\"16\" y=\"26\" font-size=\"15\" font-weight=\"bold\">{}</text>\n",
            escaped(&self.title)
        );
        for (at, (name, rounds)) in self.bars.iter().enumerate() {
            let y = TOP + STEP * at as f64;
            let (middle, value) = (y + BAR / 2.0, median(rounds.clone()));
            let colour = COLOURS[at % COLOURS.len()];
            let _ = writeln!(
                svg,
                "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n\
                 <rect x=\"{LEFT}\" y=\"{y}\" width=\"{:.1}\" height=\"{BAR}\" fill=\"{colour}\"/>\n\
                 <text x=\"{:.1}\" y=\"{}\">{}</text>",
                LEFT - 10.0,
                middle + 4.0,
                escaped(name),
                across(value) - LEFT,
                rounds.iter().copied().map(across).fold(0.0, f64::max) + 10.0,
                middle + 4.0,
                number(value)
            );
            for round in rounds {
                let _ = writeln!(
                    svg,
                    "<circle cx=\"{:.1}\" cy=\"{middle}\" r=\"3.5\" fill=\"#ffffff\" stroke=\"#20242a\"/>",
                    across(*round)
                );
            }
        }
        let _ = writeln!(
            svg,
            "<text x=\"16\" y=\"{}\" font-size=\"11\" fill=\"#5b626d\">{}</text>\n</svg>",
            height - 12.0,
            escaped(&self.note)
        );
        svg
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_bar_fills_the_picture_and_the_others_are_in_proportion() {
        let plot = Plot {
            title: "items/s & more".to_owned(),
            note: "scripts/bench B1".to_owned(),
            bars: vec![
                ("us".to_owned(), vec![100.0, 100.0, 100.0]),
                ("them".to_owned(), vec![25.0]),
            ],
        };
        let svg = plot.svg();
        assert!(svg.contains("items/s &amp; more") && svg.ends_with("</svg>\n"));
        assert!(svg.contains("width=\"460.0\"") && svg.contains("width=\"115.0\""));
        assert_eq!(svg.matches("<circle").count(), 4);
    }
}
