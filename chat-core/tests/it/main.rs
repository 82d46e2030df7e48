//! The promises of the core that need more than one of its files.

#[cfg(test)]
mod reducer;
