//! Takes the terminal over and gives it back, whatever happens: on return, on error, on a panic, on a signal.
//!
//! `Terminal::clear` is never called: it asks the terminal where the cursor is, and the answer would be read by the
//! stream of events instead.

mod asking;
mod graphics;
mod sixel;
mod steady;

pub(crate) use graphics::through_tmux;

use crate::model::{Canvas, Picture};
use crossterm::{
    cursor, event, execute, queue,
    terminal::{self, BeginSynchronizedUpdate, EndSynchronizedUpdate},
};
use ratatui::{Frame, Terminal, backend::CrosstermBackend, layout::Rect};
use std::{
    collections::BTreeSet,
    io::{self, BufWriter, Stdout, Write, stdout},
    sync::{
        Mutex, MutexGuard, Once, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use steady::Steady;

/// More than a frame that changes everything takes, so that it leaves in one write.
const FRAME_BYTES: usize = 64 * 1024;

/// Puts the window's name aside, and takes it from there.
const KEEP_TITLE: &[u8] = b"\x1b[22;0t";
const RESTORE_TITLE: &[u8] = b"\x1b[23;0t";

static TAKEN: AtomicBool = AtomicBool::new(false);
/// Held while the terminal's mode is changed.
static MODE: Mutex<()> = Mutex::new(());
static HOOK: Once = Once::new();

/// The terminal, while it is ours.
#[derive(Debug)]
pub struct Screen {
    terminal: Terminal<Steady<CrosstermBackend<BufWriter<Stdout>>>>,
    unsteady: BTreeSet<u16>,
    canvas: Canvas,
    through_tmux: bool,
    /// The picture that the terminal shows, and where.
    shown: Option<(Rect, Picture)>,
    typed: Vec<event::Event>,
}

impl Screen {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// When it is no terminal, or does not let itself be taken.
    pub fn enter(mouse: bool) -> io::Result<Self> {
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            let ours = std::thread::current().id();
            std::panic::set_hook(Box::new(move |panic| {
                // A task that panics ends alone: its words would only spoil the screen, which goes on.
                if std::thread::current().id() == ours {
                    give_back();
                    before(panic);
                } else {
                    tracing::error!(%panic, "a task panicked");
                }
            }));
        });
        // Whether there is colour is the theme's decision. Left to itself this library would, for NO_COLOR, write
        // sequences that also take bold and reverse video away.
        crossterm::style::force_color_output(true);
        take(mouse)?;
        let backend = CrosstermBackend::new(BufWriter::with_capacity(FRAME_BYTES, stdout()));
        let terminal = Terminal::new(Steady(backend)).inspect_err(|_| give_back())?;
        let answer = match knows_private_sequences() {
            true => asking::ask(),
            false => asking::Answer::default(),
        };
        Ok(Self {
            terminal,
            unsteady: BTreeSet::new(),
            canvas: answer.canvas,
            through_tmux: answer.through_tmux,
            shown: None,
            typed: answer.typed,
        })
    }

    /// What pictures are shown on here.
    pub fn canvas(&self) -> Canvas {
        self.canvas
    }

    /// What was typed while the terminal was asked.
    pub fn take_typed(&mut self) -> Vec<event::Event> {
        std::mem::take(&mut self.typed)
    }

    /// Columns and rows.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        self.terminal.size().map(|size| (size.width, size.height))
    }

    /// Draws a frame; only what differs from the one before is written. A picture that the terminal itself shows is put
    /// onto its place, which the frame leaves blank.
    pub fn draw(
        &mut self,
        picture: Option<(Rect, &Picture)>,
        draw: impl FnOnce(&mut Frame),
    ) -> io::Result<()> {
        let stays = match (&self.shown, picture) {
            (Some((before, shown)), Some((place, picture))) => {
                *before == place && shown.is_same(picture)
            }
            (None, None) => true,
            _ => false,
        };
        let before = self.shown.as_ref().map(|(place, _)| *place);
        let Self {
            terminal, unsteady, ..
        } = self;
        queue!(terminal.backend_mut().0, BeginSynchronizedUpdate)?;
        terminal.draw(|frame| {
            draw(frame);
            steady::part(frame.buffer_mut());
            *unsteady = steady::mark(frame.buffer_mut(), unsteady);
            if let Some(place) = before {
                steady::cover(frame.buffer_mut(), place, stays);
            }
        })?;
        if !stays {
            let sequence = match picture {
                Some((place, picture)) => {
                    graphics::show(self.canvas, picture, place, self.through_tmux)
                }
                None => graphics::forget(self.canvas, self.through_tmux),
            };
            self.terminal.backend_mut().0.write_all(&sequence)?;
            self.shown = picture.map(|(place, picture)| (place, picture.clone()));
        }
        execute!(self.terminal.backend_mut().0, EndSynchronizedUpdate)
    }

    /// Lets the next frame write everything.
    pub fn forget(&mut self) -> io::Result<()> {
        self.shown = None;
        let (width, height) = self.size()?;
        self.terminal.resize(Rect::new(0, 0, width, height))
    }

    /// Takes the mouse, or lets it go.
    pub fn mouse(&mut self, taken: bool) -> io::Result<()> {
        match taken {
            true => execute!(stdout(), event::EnableMouseCapture),
            false => execute!(stdout(), event::DisableMouseCapture),
        }
    }

    /// Gives the terminal to another program for a while.
    pub fn leave(&mut self) {
        give_back();
    }

    /// Takes it again after that.
    pub fn come_back(&mut self, mouse: bool) -> io::Result<()> {
        take(mouse)?;
        self.forget()
    }

    /// Writes a sequence that shows nothing on the screen.
    pub fn write(&mut self, sequence: &str) -> io::Result<()> {
        let mut out = stdout();
        out.write_all(sequence.as_bytes())?;
        out.flush()
    }

    /// Names the window. What had a name before gets it back at the end.
    pub fn title(&mut self, title: &str) -> io::Result<()> {
        match knows_private_sequences() {
            true => execute!(stdout(), terminal::SetTitle(title)),
            false => Ok(()),
        }
    }

    /// Gives the terminal back, goes to the background, and takes the terminal again when it is called back.
    #[cfg(unix)]
    pub fn suspend(&mut self, mouse: bool) -> io::Result<()> {
        give_back();
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
        take(mouse)?;
        self.forget()
    }

    /// There is no background to go to here.
    #[cfg(not(unix))]
    pub fn suspend(&mut self, _: bool) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if self.shown.take().is_some() {
            let sequence = graphics::forget(self.canvas, self.through_tmux);
            stdout().write_all(&sequence).ok();
        }
        give_back();
    }
}

fn hold_mode() -> MutexGuard<'static, ()> {
    MODE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes the terminal tell anew that there is something to read, by setting the mode that it is in.
#[cfg(unix)]
pub(crate) fn stir() -> io::Result<()> {
    use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
    let _held = hold_mode();
    if TAKEN.load(Ordering::SeqCst) {
        let stdin = io::stdin();
        tcsetattr(&stdin, OptionalActions::Now, &tcgetattr(&stdin)?)?;
    }
    Ok(())
}

/// Nothing is ever forgotten there.
#[cfg(not(unix))]
pub(crate) fn stir() -> io::Result<()> {
    Ok(())
}

fn take(mouse: bool) -> io::Result<()> {
    let held = hold_mode();
    terminal::enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    drop(held);
    let mut out = stdout();
    queue!(
        out,
        terminal::EnterAlternateScreen,
        // Where there is no other screen, or it was left behind, something stands there.
        terminal::Clear(terminal::ClearType::All),
        event::EnableBracketedPaste,
        event::EnableFocusChange,
    )?;
    if knows_private_sequences() {
        // Terminals that do not know this protocol ignore it. Asking first would cost those that do not answer two
        // seconds of silence.
        let flags = event::KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES
            | event::KeyboardEnhancementFlags::REPORT_ALTERNATE_KEYS;
        queue!(out, event::PushKeyboardEnhancementFlags(flags))?;
        out.write_all(KEEP_TITLE)?;
    }
    if mouse {
        queue!(out, event::EnableMouseCapture)?;
    }
    out.flush()
}

/// Gives the terminal back, once. Errors are of no use any more here.
fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = stdout();
    if knows_private_sequences() {
        queue!(out, event::PopKeyboardEnhancementFlags).ok();
        out.write_all(RESTORE_TITLE).ok();
    }
    execute!(
        out,
        EndSynchronizedUpdate,
        event::DisableMouseCapture,
        event::DisableFocusChange,
        event::DisableBracketedPaste,
        terminal::LeaveAlternateScreen,
        cursor::Show,
    )
    .ok();
    let _held = hold_mode();
    terminal::disable_raw_mode().ok();
}

/// The console of older Linux kernels prints what it does not know.
fn knows_private_sequences() -> bool {
    std::env::var_os("TERM").is_none_or(|term| term != "linux")
}
