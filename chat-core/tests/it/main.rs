//! The promises of the core that need more than one of its files.

#[cfg(test)]
mod inputs;
#[cfg(test)]
mod reducer;
#[cfg(test)]
mod rights;
