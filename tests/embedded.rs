//! Behavior of the embedded adapters beyond the laws: the folder, file modes, the key, the queue, and kill -9.

mod crash;
mod folder;
mod key;
mod queue;
