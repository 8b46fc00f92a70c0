-- The index of words: it holds no copy of any text. Words come ready made, so
-- the tokenizer only has to leave them whole; rowid is search.id.

create virtual table search_words using fts5(
    words, content='', contentless_delete=1, tokenize="ascii tokenchars ':'"
);
