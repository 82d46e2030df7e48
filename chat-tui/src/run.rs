//! The loop: waits for a key, for news from the client, for an outcome or for the time; takes in everything that is
//! there; draws once, if something changed, at most sixty times a second. At rest it does nothing at all.

mod burst;
mod frames;
mod keys;
mod outside;
pub(crate) mod queue;
mod signals;
mod terminal;

use crate::{
    Effect, Model, Msg,
    cli::Cli,
    config::NotifyBy,
    effect::perform::{Left, Outcome, Performer, Wanted},
    feed::{Feed, News, now},
    model::{Connection, Reading, SignIn},
    observe,
    store::Sessions,
    terminal::Screen,
    theme::Theme,
    update, view,
};
use anyhow::Context;
use chat_client::{Client, typed_server};
use chat_core::Secret;
use frames::Frames;
use futures_util::poll;
use jiff::tz::TimeZone;
use keys::Keys;
use queue::connection;
use signals::{Signal, Signals};
use std::{
    io::IsTerminal,
    pin::pin,
    sync::{Arc, atomic::AtomicBool},
    task::Poll,
    time::Duration,
};
use tokio::{sync::mpsc, time::Instant};

/// So much is taken in before a frame, however much more there is.
const AT_ONCE: usize = 1_024;

/// Everything the loop waits for and works on.
struct Run {
    model: Model,
    performer: Performer,
    outcomes: mpsc::UnboundedReceiver<Outcome>,
    feed: Feed,
    keys: Keys,
    screen: Screen,
    sessions: Sessions,
    notify_by: NotifyBy,
    /// Another program had the terminal since it was last waited.
    was_away: bool,
    /// Whether another program has it now.
    away: Arc<AtomicBool>,
    /// Who signs in, and with what, should the session of last time have ended; nobody once it was seen to hold.
    again: Option<(String, Secret)>,
    ended: bool,
}

/// Runs until the person leaves. Gives what was left unsent.
///
/// # Errors
/// When there is no terminal, or the password file cannot be read.
pub async fn run(cli: Cli) -> anyhow::Result<Left> {
    check_terminal()?;
    let password = cli.password()?;
    let (config, mut wrong) = cli.config()?;
    let (keymap, more) = config.keymap();
    wrong.extend(more);
    let sessions = Sessions::in_state_home()?;
    let (sender, outcomes) = mpsc::unbounded_channel();
    let performer = Performer::new(sessions.clone(), &config, sender);
    let mut signals = Signals::new()?;
    let screen = Screen::enter(config.mouse).context("failed to take the terminal over")?;
    let theme = Theme::from_env(config.theme, config.glyphs);
    let mut model = Model::new(theme, TimeZone::system(), now());
    model.size = screen.size()?;
    model.canvas = screen.canvas();
    model.keymap = keymap;
    model.mouse = config.mouse;
    model.notify = config.notify;
    model.paste_asks_from = config.paste_asks_from;
    if !wrong.is_empty() {
        update(&mut model, Msg::Read(complaints(&wrong)));
    }
    let mut run = Run {
        model,
        performer,
        outcomes,
        feed: Feed::default(),
        keys: Keys::new()?,
        screen,
        sessions: sessions.clone(),
        notify_by: config.notify_by,
        was_away: false,
        away: signals.away(),
        again: None,
        ended: false,
    };
    run.begin(&cli, password, &sessions);
    for event in run.screen.take_typed() {
        run.take_event(Some(Ok(event)))?;
    }
    let ended = run.until_it_ends(&mut signals).await;
    if ended.is_err() {
        run.tell(Msg::End);
    }
    let Run {
        screen, performer, ..
    } = run;
    drop(screen);
    // Also after an error, such as a terminal that is gone: what was written is still to be sent.
    let unsent = performer.finish().await;
    ended.map(|()| unsent)
}

/// What is wrong with what somebody has set, to be read before anything else.
fn complaints(wrong: &[String]) -> Reading {
    let inert = |what: &String| chat_core::text::inert_line(what).into_owned();
    let mut lines: Vec<_> = wrong.iter().map(inert).collect();
    lines.push(String::new());
    lines.push("Everything else that is set holds. `chat-tui keys` tells this, too.".to_owned());
    Reading {
        title: "What is wrong with your settings".to_owned(),
        lines,
        top: 0,
    }
}

/// Whether there is something to draw on.
fn check_terminal() -> anyhow::Result<()> {
    anyhow::ensure!(
        std::io::stdin().is_terminal() && std::io::stdout().is_terminal(),
        "chat-tui needs a terminal; `chat-tui --plain` goes line by line without one, and for scripts there is `chat`"
    );
    anyhow::ensure!(
        std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
        "this terminal draws nothing (TERM is dumb): use `chat-tui --plain`"
    );
    Ok(())
}

impl Run {
    /// Comes back with the session of last time, signs in with what the command line says, or asks.
    fn begin(&mut self, cli: &Cli, password: Option<Secret>, sessions: &Sessions) {
        let name = cli.user.clone().unwrap_or_default();
        let mut form = SignIn::new(&cli.server, &name);
        let server = typed_server(&cli.server);
        let saved = match &server {
            Ok(server) if !cli.fresh => sessions.find(server, cli.user.as_deref()),
            _ => None,
        };
        match (saved, password) {
            (Some(session), password) => {
                form.busy = true;
                self.again = password.map(|password| (name, password));
                self.performer.resume(session);
            }
            (None, Some(password)) => {
                form.busy = true;
                let server = cli.server.clone();
                self.performer.perform(Effect::SignIn {
                    server,
                    name,
                    password,
                });
            }
            (None, None) => form.error = server.err(),
        }
        self.model.sign_in = Some(form);
    }

    async fn until_it_ends(&mut self, signals: &mut Signals) -> anyhow::Result<()> {
        let mut frames = Frames::new(Instant::now());
        while !self.ended {
            self.take(Msg::Now(now()))?;
            self.drain().await?;
            let is_changed = self.model.dirty && !self.ended;
            if frames.is_due(is_changed, Instant::now()) {
                // Drawing takes the size that the terminal has now; the event that tells of it may still be on its way.
                let (width, height) = self.screen.size()?;
                if (width, height) != self.model.size {
                    self.take(Msg::Resize(width, height))?;
                }
                let model = &self.model;
                self.screen.draw(view::placed_picture(model), |frame| {
                    view::view(model, frame)
                })?;
                self.model.dirty = false;
            }
            let wake = match self.model.dirty {
                true => Some(frames.next()),
                false => self.deadline(),
            };
            self.wait(wake, signals).await?;
        }
        Ok(())
    }

    fn deadline(&self) -> Option<Instant> {
        let at = self.model.next_deadline()?;
        let left = u64::try_from(at.since_ms(now())).unwrap_or(0);
        // One more, so that it is due when it is looked at.
        Some(Instant::now() + Duration::from_millis(left + 1))
    }

    /// Waits for the first thing that happens, and takes it in.
    async fn wait(&mut self, wake: Option<Instant>, signals: &mut Signals) -> anyhow::Result<()> {
        if std::mem::take(&mut self.was_away) {
            signals.forget_interrupts();
        }
        let Self {
            keys,
            outcomes,
            feed,
            ..
        } = self;
        let time = async {
            match wake {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            signal = signals.next() => match signal {
                Signal::End => self.take(Msg::End)?,
                Signal::Resized => self.resize()?,
                Signal::Suspend => self.suspend()?,
            },
            // After a long rest it is later than the model knows: what is to hold for a while begins to now.
            event = keys.next() => {
                self.take(Msg::Now(now()))?;
                self.take_event(event)?;
            }
            Some(outcome) = outcomes.recv() => {
                self.take(Msg::Now(now()))?;
                self.take_outcome(outcome)?;
            }
            news = feed.next() => {
                self.take(Msg::Now(now()))?;
                self.take_news(news)?;
            }
            () = time => {}
        }
        Ok(())
    }

    /// Takes in everything that is there already, then what the client knows, once.
    async fn drain(&mut self) -> anyhow::Result<()> {
        for _ in 0..AT_ONCE {
            if self.ended {
                break;
            }
            let event = poll!(pin!(self.keys.next()));
            if let Poll::Ready(event) = event {
                self.take_event(event)?;
                continue;
            }
            if let Ok(outcome) = self.outcomes.try_recv() {
                self.take_outcome(outcome)?;
                continue;
            }
            let news = poll!(pin!(self.feed.next()));
            match news {
                Poll::Ready(news) => self.take_news(news)?,
                Poll::Pending => break,
            }
        }
        self.look();
        Ok(())
    }

    fn look(&mut self) {
        // Looking may open the way to more, for example to older messages; those come back as updates.
        while !self.feed.changes.is_empty() {
            let changes = std::mem::take(&mut self.feed.changes);
            let Some(client) = self.performer.client().cloned() else {
                return;
            };
            let effects = client.read(|state| observe(&mut self.model, state, &changes));
            for effect in effects {
                self.perform(effect);
            }
            self.look_at_queue(&client, changes.all || changes.list);
        }
    }

    /// What is begun to be written, and what waits to be sent.
    fn look_at_queue(&mut self, client: &Client, all: bool) {
        let is_known = client.read(|state| state.inbox().is_some());
        if is_known && !self.model.drafts_restored {
            if self.performer.is_keeping() && queue::take_up_left(client, &self.sessions) {
                let said = "what an editor had when the program died is in the draft again";
                self.tell(Msg::Told(said.to_owned()));
            }
            self.tell(Msg::Drafts(queue::drafts(client)));
        }
        let queued = client.queued();
        let coming = queue::coming(client, &queued);
        if coming != self.model.coming {
            self.tell(Msg::Coming(coming));
        }
        let (waiting, uploads) = queue::waiting(client, &queued);
        if all || waiting != self.model.waiting || uploads != self.model.uploads {
            self.tell(Msg::Queue(waiting, uploads));
        }
    }

    /// Tells the model of something that nothing of the terminal's own follows from.
    fn tell(&mut self, msg: Msg) {
        for effect in update(&mut self.model, msg) {
            self.perform(effect);
        }
    }

    fn take(&mut self, msg: Msg) -> anyhow::Result<()> {
        for effect in update(&mut self.model, msg) {
            match effect {
                Effect::Quit => self.ended = true,
                Effect::Look => {
                    self.feed.changes.all = true;
                    self.look();
                }
                Effect::Redraw => self.screen.forget()?,
                Effect::Mouse(taken) => self.screen.mouse(taken)?,
                Effect::Suspend => self.suspend()?,
                Effect::EditOutside(text) => self.edit_outside(&text)?,
                effect => self.perform(effect),
            }
        }
        Ok(())
    }

    fn resize(&mut self) -> anyhow::Result<()> {
        let (width, height) = self.screen.size()?;
        self.take(Msg::Resize(width, height))
    }

    fn take_outcome(&mut self, outcome: Outcome) -> anyhow::Result<()> {
        match self.performer.sift(outcome) {
            None => Ok(()),
            Some(Wanted::Msg(Msg::SignedOut(why))) => self.sign_out(why),
            Some(Wanted::Msg(msg @ Msg::OlderLoaded { conversation, .. })) => {
                // They are seen first, else it would seem that more are wanted.
                self.feed.changes.conversations.insert(conversation);
                self.look();
                self.take(msg)
            }
            Some(Wanted::Msg(msg)) => self.take(msg),
            Some(Wanted::SignedIn(entered)) => {
                self.take(Msg::Leaving)?;
                self.feed.follow(&entered.client);
                let (account, warning) = self.performer.adopt(*entered);
                self.take(Msg::SignedIn(account))?;
                match warning {
                    Some(why) => self.take(Msg::Failed(why)),
                    None => Ok(()),
                }
            }
        }
    }

    fn sign_out(&mut self, why: Option<String>) -> anyhow::Result<()> {
        self.feed = Feed::default();
        self.performer.let_go();
        self.take(Msg::SignedOut(why))
    }

    fn take_news(&mut self, news: News) -> anyhow::Result<()> {
        match self.feed.take(news).map(|status| connection(status, now())) {
            None => Ok(()),
            Some(Ok(connection)) => {
                if connection.is_in() {
                    self.again = None;
                }
                self.take(Msg::Connection(connection))
            }
            Some(Err(why)) => match self.again.take() {
                Some((name, password)) => {
                    self.perform(Effect::SignInAgain { name, password });
                    self.take(Msg::Connection(Connection::Connecting))
                }
                None => {
                    // What was typed a moment ago is not kept yet.
                    self.take(Msg::Leaving)?;
                    self.sign_out(Some(why))
                }
            },
        }
    }
}
