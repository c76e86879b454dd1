//! What every Pairmeter binary shares.
