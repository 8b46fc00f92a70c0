//! The flow: plan, list, fetch, put, record, log.
