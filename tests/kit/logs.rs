//! Everything that is logged, in memory: the chat's own crates at every level, the others at `debug`.

use std::{
    io::{self, Write},
    sync::{
        Mutex, Once, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tracing::{Level, Metadata};
use tracing_subscriber::{filter::dynamic_filter_fn, fmt, layer::SubscriberExt};

static ON: AtomicBool = AtomicBool::new(false);
static TEXT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// What is logged while this lives, by the whole process. One test at a time.
pub struct Logs(());

impl Logs {
    /// Begins to listen.
    ///
    /// # Panics
    /// When the process has another subscriber already.
    pub fn capture() -> Self {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            let layer = fmt::layer().with_ansi(false).with_writer(|| Memory);
            let filter = dynamic_filter_fn(|about, _| ON.load(Ordering::Relaxed) && wanted(about));
            let subscriber = tracing_subscriber::registry()
                .with(tracing_subscriber::Layer::with_filter(layer, filter));
            tracing::subscriber::set_global_default(subscriber).expect("nobody else listens");
        });
        ON.store(true, Ordering::Relaxed);
        Self(())
    }

    /// Everything that was logged until now.
    pub fn text(&self) -> String {
        let text = TEXT.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&text).into_owned()
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        ON.store(false, Ordering::Relaxed);
    }
}

fn wanted(about: &Metadata<'_>) -> bool {
    about.target().starts_with("chat_") || *about.level() <= Level::DEBUG
}

struct Memory;

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        TEXT.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
