//! What the AWS adapters promise beyond the laws of their ports.

mod segments;
