//! What RingCentral's failing answers mean, judged here and nowhere else: of
//! the API and of the token endpoint, which speaks OAuth.

mod api;
mod refusal;
mod token;

pub(crate) use api::ApiJudge;
pub(crate) use token::TokenJudge;
