//! The server as one value, and the one switchboard: every call, over HTTP, a socket or from inside the program, comes
//! through [`App::handle`]. Rate limits, spans and metrics live there, once.

use crate::{
    Config, Error, Hooks, admin, attachment, audit,
    auth::{self, Caller, Lookout, Passwords, Tickets, Tokens},
    avatar,
    bus::{Audience, Bus, Redis, Told},
    clock::{Clock, Random},
    conversation,
    hub::Hub,
    invite,
    limit::Limiter,
    mail::Mailer,
    media::{Media, link::Links},
    member,
    message::{self, Recent},
    presence::{self, Elsewhere},
    report,
    search::{self, Search},
    session,
    store::Db,
    sync,
    telemetry::Metrics,
    token, user,
    writer::Writer,
};
use chat_core::{Access, Empty, Envelope, Operation, Reply, Request, Timestamp};
use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::Instant,
};
use tokio::sync::{Notify, Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;
use url::Url;
use uuid::Uuid;

/// Everything a call needs.
pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) db: Db,
    pub(crate) writer: Writer,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) hub: Arc<Hub>,
    /// Where other processes are; none for a server of one process.
    pub(crate) redis: Option<Redis>,
    pub(crate) elsewhere: Option<Arc<Elsewhere>>,
    /// The newest messages in Redis, where that is wanted.
    pub(crate) recent: Option<Arc<Recent>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Random,
    pub(crate) hooks: Arc<dyn Hooks>,
    pub(crate) passwords: Passwords,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) keys: Lookout,
    pub(crate) tickets: Arc<Tickets>,
    pub(crate) media: Media,
    pub(crate) links: Links,
    pub(crate) limiter: Arc<Limiter>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) search: Arc<Search>,
    pub(crate) mailer: Arc<Mailer>,
    /// Woken when an account was deleted: there is something to clear away.
    pub(crate) deletions: Arc<Notify>,
    /// Places for sockets of which it is not known yet whose they are.
    pub(crate) strangers: Arc<Semaphore>,
    /// Sockets and what they leave behind; a shutdown waits for them.
    pub(crate) tasks: TaskTracker,
    pub(crate) started_at: Timestamp,
    /// Where the server listens, once it does by itself.
    pub(crate) bound: OnceLock<SocketAddr>,
    /// Cancelled when the server stops: it takes nobody in any more.
    pub(crate) draining: CancellationToken,
}

impl App {
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn next_id(&self) -> Uuid {
        self.random.id(self.now())
    }

    /// What links in mails begin with.
    pub(crate) fn link_base(&self) -> Url {
        self.config.link_base(self.bound.get().copied())
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.is_cancelled()
    }

    /// Tells something that is not kept.
    pub(crate) async fn tell(&self, to: Audience, envelope: Envelope) {
        self.bus.publish(vec![Told { to, envelope }]).await;
    }

    /// Answers a call: who may, how often, what, and how long it took.
    pub(crate) async fn handle(&self, caller: &Caller, request: Request) -> Result<Reply, Error> {
        let operation = request.operation();
        let started = Instant::now();
        let span = tracing::debug_span!("call", operation = operation.name);
        let result = async {
            self.admit(caller, operation, &request).await?;
            match request {
                // Most calls are sends, and all that one has to carry is its own state.
                Request::SendMessage(input) => message::send(self, caller, input)
                    .await
                    .map(Reply::SendMessage),
                other => Box::pin(self.answer(caller, other)).await,
            }
        }
        .instrument(span)
        .await;
        let outcome = result
            .as_ref()
            .map_or_else(|error| error.code().as_str(), |_| "ok");
        self.metrics
            .call(operation.name, outcome, started.elapsed());
        result
    }

    async fn admit(
        &self,
        caller: &Caller,
        operation: &Operation,
        request: &Request,
    ) -> Result<(), Error> {
        // A body may arrive long after its head, and who sent it is signed out since.
        auth::require_session(self, caller)?;
        auth::require_scope(caller, operation)?;
        self.limiter.admit(caller, request).await?;
        match operation.access {
            Access::Anonymous => Ok(()),
            Access::User => caller.user().map(drop),
            Access::Admin => user::require_admin(self, caller).await,
        }
    }
}

/// Which function answers which call: the rules of each noun are in its own file.
macro_rules! answers {
    ($($request:ident => $answer:path;)*) => {
        impl App {
            async fn answer(&self, caller: &Caller, request: Request) -> Result<Reply, Error> {
                match request {
                    $(Request::$request(input) => $answer(self, caller, input).await.map(Reply::$request),)*
                    other => {
                        let name = other.operation().name;
                        Err(Error::Internal(format!("the call {name} has no answer")))
                    }
                }
            }
        }
    };
}

answers! {
    Register => session::register;
    Login => session::login;
    Refresh => session::refresh;
    Logout => session::logout;
    ShowSession => session::show;
    ListSessions => session::list;
    EndSession => session::end;
    CreateToken => token::create;
    CreateTicket => session::ticket;
    ChangePassword => session::change_password;
    ResetPassword => session::reset_password;
    ConfirmReset => session::confirm_reset;
    VerifyEmail => session::verify_email;
    SendVerification => session::send_verification;
    ShowMe => user::show_me;
    ChangeMe => user::change_me;
    DeleteMe => user::delete_me;
    ExportMe => user::begin_export;
    ListUsers => user::list;
    ShowUser => user::show;
    ShowSettings => user::show_settings;
    ChangeSettings => user::change_settings;
    SetContact => user::set_contact;
    RemoveContact => user::remove_contact;
    ListContacts => user::list_contacts;
    BlockUser => user::add_block;
    UnblockUser => user::remove_block;
    ListBlocks => user::list_blocks;
    ListConversations => conversation::list;
    CreateConversation => conversation::create;
    ShowConversation => conversation::show;
    ChangeConversation => conversation::change;
    DeleteConversation => conversation::delete;
    ChangePrefs => conversation::change_prefs;
    ListMembers => member::list;
    AddMembers => member::add;
    ChangeMember => member::change;
    RemoveMember => member::remove;
    LeaveConversation => member::leave;
    AddBan => member::add_ban;
    RemoveBan => member::remove_ban;
    ListBans => member::list_bans;
    CreateInvite => invite::create;
    ListInvites => invite::list;
    DeleteInvite => invite::delete;
    ShowInvite => invite::show;
    JoinInvite => invite::join_by;
    MarkRead => sync::mark_read;
    MarkUnread => sync::mark_unread;
    MarkDelivered => sync::mark_delivered;
    SetTyping => presence::typing;
    History => message::history;
    ShowMessage => message::show;
    EditMessage => message::edit;
    DeleteMessage => message::delete;
    ForwardMessage => message::forward;
    ListRevisions => message::list_revisions;
    ListReceipts => message::list_receipts;
    AddReaction => message::add_reaction;
    RemoveReaction => message::remove_reaction;
    ListReactions => message::list_reactions;
    PinMessage => message::pin;
    UnpinMessage => message::unpin;
    ListPins => message::list_pins;
    SearchMessages => search::search;
    CreateAttachment => attachment::create;
    BeginUpload => attachment::upload::begin;
    ContinueUpload => attachment::upload::go_on;
    DropUpload => attachment::upload::let_go;
    ListAttachments => attachment::list;
    ReadAttachment => attachment::read;
    ReadThumbnail => attachment::thumbnail;
    ShowAttachment => attachment::show;
    LinkAttachment => attachment::link;
    DeleteAttachment => attachment::delete;
    SetAvatar => avatar::set;
    DeleteAvatar => avatar::delete;
    SetConversationAvatar => avatar::set_of_conversation;
    DeleteConversationAvatar => avatar::delete_of_conversation;
    ReadAvatar => avatar::read;
    Sync => sync::sync;
    SetPresence => presence::set;
    WatchPresence => presence::watch;
    Ping => presence::ping;
    ReportMessage => report::create;
    ListReports => report::list;
    ShowReport => report::show;
    ReadReportedFile => report::read_file;
    DecideReport => report::decide;
    ListAudit => audit::list;
    ListAccounts => admin::list_accounts;
    CreateAccount => admin::create_account;
    ShowAccount => admin::show_account;
    ChangeAccount => admin::change_account;
    DeleteAccount => admin::delete_account;
    ResetAccount => admin::reset_account;
    ListAccountSessions => admin::list_sessions;
    EndAccountSessions => admin::end_sessions;
    ListAllConversations => admin::list_conversations;
    ShowAnyConversation => admin::show_conversation;
    DeleteAnyConversation => admin::delete_conversation;
    DeleteAnyMessage => admin::delete_message;
    ShowStats => admin::stats;
}

/// Nothing more to say.
pub(crate) const DONE: Empty = Empty {};
