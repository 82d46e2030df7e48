//! The server as one value, and the one switchboard: every call, over HTTP, a socket or from inside the program, comes
//! through [`App::handle`]. Rate limits, spans and metrics live there, once.

use crate::{
    Config, Error, Hooks,
    auth::{Caller, Passwords, Tickets, Tokens},
    bus::{Audience, Bus, Told},
    clock::{Clock, Random},
    conversation,
    hub::Hub,
    limit::Limiter,
    member, message, presence, session,
    store::Db,
    sync,
    telemetry::Metrics,
    user,
    writer::Writer,
};
use chat_core::{Access, Empty, Envelope, Operation, Pong, Reply, Request, Timestamp};
use std::{sync::Arc, time::Instant};
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;
use uuid::Uuid;

/// Everything a call needs.
pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) db: Db,
    pub(crate) writer: Writer,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Random,
    pub(crate) hooks: Arc<dyn Hooks>,
    pub(crate) passwords: Passwords,
    pub(crate) tokens: Tokens,
    pub(crate) tickets: Tickets,
    pub(crate) limiter: Limiter,
    pub(crate) metrics: Arc<Metrics>,
    /// Places for sockets of which it is not known yet whose they are.
    pub(crate) strangers: Arc<Semaphore>,
    /// Sockets and what they leave behind; a shutdown waits for them.
    pub(crate) tasks: TaskTracker,
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
            self.admit(caller, operation, &request)?;
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

    fn admit(
        &self,
        caller: &Caller,
        operation: &Operation,
        request: &Request,
    ) -> Result<(), Error> {
        match operation.access {
            Access::Anonymous => self.limiter.anonymous(caller.address, request),
            // Calls from inside the program are its own business.
            Access::User if caller.address.is_none() => caller.user().map(drop),
            Access::User => self.limiter.user(caller.user()?, request),
        }
    }

    async fn answer(&self, caller: &Caller, request: Request) -> Result<Reply, Error> {
        Ok(match request {
            Request::Register(input) => Reply::Register(session::register(self, input).await?),
            Request::Login(input) => Reply::Login(session::login(self, input).await?),
            Request::Refresh(input) => Reply::Refresh(session::refresh(self, input).await?),
            Request::Logout(input) => Reply::Logout(session::logout(self, caller, input).await?),
            Request::ShowSession(_) => Reply::ShowSession(session::show(self, caller).await?),
            Request::ListSessions(_) => Reply::ListSessions(session::list(self, caller).await?),
            Request::EndSession(input) => {
                Reply::EndSession(session::end(self, caller, input).await?)
            }
            Request::CreateTicket(_) => Reply::CreateTicket(session::ticket(self, caller)?),
            Request::ShowMe(_) => Reply::ShowMe(user::me(self, caller.user()?).await?),
            Request::ListUsers(input) => Reply::ListUsers(user::list(self, input).await?),
            Request::ShowUser(input) => Reply::ShowUser(user::show(self, caller, input).await?),
            Request::ListConversations(input) => {
                Reply::ListConversations(conversation::list(self, caller, input).await?)
            }
            Request::CreateConversation(input) => {
                Reply::CreateConversation(conversation::create(self, caller, input).await?)
            }
            Request::ShowConversation(input) => Reply::ShowConversation(
                conversation::show(self, caller, input.conversation_id).await?,
            ),
            Request::ChangeConversation(input) => {
                Reply::ChangeConversation(conversation::change(self, caller, input).await?)
            }
            Request::DeleteConversation(input) => {
                Reply::DeleteConversation(conversation::delete(self, caller, input).await?)
            }
            other => return self.answer_in_conversation(caller, other).await,
        })
    }

    async fn answer_in_conversation(
        &self,
        caller: &Caller,
        request: Request,
    ) -> Result<Reply, Error> {
        Ok(match request {
            Request::ListMembers(input) => {
                Reply::ListMembers(member::list(self, caller, input).await?)
            }
            Request::AddMembers(input) => {
                Reply::AddMembers(member::add(self, caller, input).await?)
            }
            Request::ChangeMember(input) => {
                Reply::ChangeMember(member::change(self, caller, input).await?)
            }
            Request::RemoveMember(input) => {
                Reply::RemoveMember(member::remove(self, caller, input).await?)
            }
            Request::LeaveConversation(input) => {
                Reply::LeaveConversation(member::leave(self, caller, input).await?)
            }
            Request::MarkRead(input) => {
                Reply::MarkRead(sync::mark_read(self, caller, input).await?)
            }
            Request::MarkUnread(input) => {
                Reply::MarkUnread(sync::mark_unread(self, caller, input).await?)
            }
            Request::MarkDelivered(input) => {
                Reply::MarkDelivered(sync::mark_delivered(self, caller, input).await?)
            }
            Request::SetTyping(input) => {
                Reply::SetTyping(presence::typing(self, caller, input).await?)
            }
            Request::History(input) => Reply::History(message::history(self, caller, input).await?),
            Request::ShowMessage(input) => {
                Reply::ShowMessage(message::show(self, caller, input).await?)
            }
            Request::EditMessage(input) => {
                Reply::EditMessage(message::edit(self, caller, input).await?)
            }
            Request::DeleteMessage(input) => {
                Reply::DeleteMessage(message::delete(self, caller, input).await?)
            }
            Request::Sync(input) => Reply::Sync(sync::sync(self, caller, input).await?),
            Request::SetPresence(input) => {
                Reply::SetPresence(presence::set(self, caller, input).await?)
            }
            Request::WatchPresence(input) => {
                Reply::WatchPresence(presence::watch(self, caller, input).await?)
            }
            Request::Ping(_) => Reply::Ping(Pong {
                server_time: self.now(),
            }),
            other => {
                let name = other.operation().name;
                return Err(Error::Internal(format!("the call {name} has no answer")));
            }
        })
    }
}

/// Nothing more to say.
pub(crate) const DONE: Empty = Empty {};
