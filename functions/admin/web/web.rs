//! The files of the built admin app. A crate of its own, so that a change to the page compiles nothing else anew.

use std::borrow::Cow;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "dist"]
struct Dist;

/// One file by its path, e.g. `index.html` or `assets/index-4f2a.js.br`; `None` where there is no such file.
pub fn file(path: &str) -> Option<Cow<'static, [u8]>> {
    Dist::get(path).map(|file| file.data)
}
