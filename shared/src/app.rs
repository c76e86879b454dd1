//! The HTTP edge: routes, problems, request ids and the document that describes them.

pub mod edge;
pub mod extract;
pub mod openapi;
pub mod problem;
pub mod report;
pub mod request_id;
