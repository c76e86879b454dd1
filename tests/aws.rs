//! Behavior of the AWS adapters beyond the laws of their ports.

mod identities;
mod segments;

use std::future::Future;
use std::pin::pin;
use std::task::Poll;

/// Runs until the future was woken `wakes` times, then drops it. Returns true if it finished before.
async fn cut_after<F: Future>(wakes: usize, future: F) -> bool {
    let mut future = pin!(future);
    let mut left = wakes;
    std::future::poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(_) => Poll::Ready(true),
        Poll::Pending if left == 0 => Poll::Ready(false),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}
