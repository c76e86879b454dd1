//! What the embedded world promises beyond the laws: one folder, its modes, its key, its queue, and kill -9.

mod crash;
mod folder;
mod key;
mod queue;
