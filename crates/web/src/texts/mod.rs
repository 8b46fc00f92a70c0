//! Every English text of the pages, a file for each page: what is to be
//! translated stands here and nowhere else. Templates hold no words. Where a
//! sentence needs a value, it is a function.

pub(crate) mod backup;
pub(crate) mod causes;
pub(crate) mod dates;
pub(crate) mod frame;
pub(crate) mod help;
pub(crate) mod log;
pub(crate) mod row;
pub(crate) mod statuses;
