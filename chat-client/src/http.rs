//! Typed calls: any [`Endpoint`] in, its reply out. Carries the token, and has it renewed when it has run out; repeats no
//! other call than the one that was refused for that, and a refresh whose answer did not come.

mod address;
mod file;

use crate::{Error, HttpCall, Transport, clock::Clock, error::FOREIGN, session::Sessions};
use chat_core::{
    Access, Body, Code, Endpoint, Operation, Problem, Refresh, Secret, SessionId, TokenPair,
};
use serde::{Serialize, de::DeserializeOwned};
use std::{sync::Arc, time::Duration};
use url::Url;

/// How often a refresh is tried when the network fails: the answer may have been lost, and for a short while the
/// server gives it again. All tries together end within 9 s, well before that.
const REFRESH_TRIES: u32 = 3;
const REFRESH_TRY: Duration = Duration::from_millis(2_500);
const REFRESH_PAUSE: Duration = Duration::from_millis(500);

/// The way to the server.
pub(crate) struct Http {
    pub(crate) server: Url,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) sessions: Sessions,
}

impl Http {
    /// Makes a call. The request is written before the first await, so the future holds nothing of it.
    pub(crate) fn call<E: Endpoint>(
        self: &Arc<Self>,
        request: &E,
    ) -> impl Future<Output = Result<E::Reply, Error>> + use<E> {
        self.call_operation(E::operation(), request)
    }

    /// Makes this call with these fields.
    pub(crate) fn call_operation<Q: Serialize, R: DeserializeOwned>(
        self: &Arc<Self>,
        operation: &'static Operation,
        fields: &Q,
    ) -> impl Future<Output = Result<R, Error>> + use<Q, R> {
        let http = Arc::clone(self);
        let call = match operation.body {
            Body::Json => address::http_call(&self.server, operation, fields),
            Body::FileIn | Body::PieceIn | Body::FileOut => Err(Error::Invalid(format!(
                "{} carries a file: call the function of the client that does that",
                operation.name
            ))),
        };
        async move {
            let exchange = |call| http.exchange(call);
            let body = match operation.access {
                Access::Anonymous => exchange(call?).await?,
                Access::User | Access::Admin => http.authorized(call?, exchange).await?,
            };
            read_reply(&body)
        }
    }

    /// Where the socket is.
    pub(crate) fn socket_url(&self) -> Url {
        address::socket_url(&self.server)
    }

    /// A token that is good for a while.
    pub(crate) async fn token(self: &Arc<Self>) -> Result<Secret, Error> {
        if let Some(made) = self.sessions.provided() {
            return match made {
                Some(token) => Ok(token),
                None => self.renew_from(None).await,
            };
        }
        let (token, is_stale) = self.sessions.token(self.clock.now())?;
        if !is_stale {
            return Ok(token);
        }
        match self.renew(token.clone()).await {
            // It may still be good; the server knows.
            Err(error) if error.is_retryable() => Ok(token),
            renewed => renewed,
        }
    }

    /// Another token than this one. However many ask at once, one refresh is made; and it is made to the end even
    /// when nobody waits for it any more, because the server has forgotten the old pair by then.
    pub(crate) async fn renew(self: &Arc<Self>, used: Secret) -> Result<Secret, Error> {
        self.renew_from(Some(used)).await
    }

    async fn renew_from(self: &Arc<Self>, used: Option<Secret>) -> Result<Secret, Error> {
        let http = Arc::clone(self);
        let renewal = tokio::spawn(async move { http.renew_in_turn(used).await });
        renewal.await.unwrap_or(Err(Error::Stopped))
    }

    async fn renew_in_turn(&self, used: Option<Secret>) -> Result<Secret, Error> {
        let _turn = self.sessions.turn().await;
        if let Some(made) = self.sessions.provide(used.as_ref()).await {
            return made;
        }
        let used = used.ok_or(Error::SignedOut)?;
        let Some((session_id, refresh_token)) = self.sessions.renewable(&used)? else {
            return Ok(self.sessions.token(self.clock.now())?.0);
        };
        match self.refresh(refresh_token).await {
            Ok(pair) => {
                let token = pair.access_token.clone();
                self.sessions.replace(pair, self.clock.now());
                Ok(token)
            }
            Err(error) => Err(self.judge_refresh(session_id, error)),
        }
    }

    async fn refresh(&self, refresh_token: Secret) -> Result<TokenPair, Error> {
        let call = address::http_call(
            &self.server,
            Refresh::operation(),
            &Refresh { refresh_token },
        )?;
        let mut tries = 0;
        loop {
            tries += 1;
            let answer = tokio::select! {
                answer = self.exchange(call.clone()) => answer,
                () = self.clock.sleep(REFRESH_TRY) => {
                    Err(Error::disconnected("it did not answer in time"))
                }
            };
            match answer {
                Err(Error::Network { .. }) if tries < REFRESH_TRIES => {
                    self.clock.sleep(REFRESH_PAUSE * tries).await;
                }
                answer => return read_reply(&answer?),
            }
        }
    }

    /// What a failed refresh means: where the server itself refuses the token for good, the session is over. Anything
    /// else, and whatever something in between answered, says nothing about the session.
    fn judge_refresh(&self, session: SessionId, error: Error) -> Error {
        if error.is_foreign() {
            return error;
        }
        match error.code() {
            Code::SessionEnded | Code::Unauthenticated | Code::TokenExpired => {
                self.sessions.end(session);
                Error::SignedOut
            }
            Code::AccountDisabled => {
                self.sessions.end(session);
                error
            }
            _ => error,
        }
    }

    /// Makes a call with a token, and once more with another where that one is not good any more.
    async fn authorized<T, F>(
        self: &Arc<Self>,
        mut call: HttpCall,
        exchange: impl Fn(HttpCall) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let token = self.token().await?;
        call.token = Some(token.clone());
        let refusal = match exchange(call.clone()).await {
            Err(Error::Api(problem)) => problem,
            answer => return answer,
        };
        match refusal.code {
            // Unauthenticated, too: the server may have changed its keys.
            Code::TokenExpired | Code::Unauthenticated => {
                call.token = Some(self.renew(token).await?);
                exchange(call).await
            }
            Code::SessionEnded => {
                self.sessions.end_of(&token);
                Err(Error::SignedOut)
            }
            _ => Err(Error::Api(refusal)),
        }
    }

    /// Makes a call with this token, whoever is signed in.
    pub(crate) async fn call_as<E: Endpoint>(
        &self,
        token: Secret,
        request: &E,
    ) -> Result<E::Reply, Error> {
        let mut call = address::http_call(&self.server, E::operation(), request)?;
        call.token = Some(token);
        read_reply(&self.exchange(call).await?)
    }

    async fn exchange(&self, call: HttpCall) -> Result<Vec<u8>, Error> {
        let answer = self.transport.call(call).await?;
        match answer.status {
            200..=299 => Ok(answer.body),
            status => Err(problem(status, answer.retry_after_ms, &answer.body)),
        }
    }
}

fn read_reply<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    // Nothing at all (204) is an empty object.
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| Error::Unreadable(error.to_string()))
}

/// Reads an answer that is no success. One without a problem of this protocol comes from something between here and
/// the server (a proxy, a sign-in page of the network), and is marked as such.
pub(crate) fn problem(status: u16, retry_after_ms: Option<u64>, body: &[u8]) -> Error {
    let mut problem = serde_json::from_slice::<Problem>(body).unwrap_or_else(|_| {
        let code = match status {
            401 => Code::Unauthenticated,
            403 => Code::Forbidden,
            404 => Code::NotFound,
            408 | 504 => Code::Timeout,
            413 => Code::TooLarge,
            426 => Code::UpgradeRequired,
            429 => Code::RateLimited,
            502 | 503 => Code::Unavailable,
            500..=599 => Code::Internal,
            _ => Code::Unknown,
        };
        let detail = format!(
            "{} (HTTP {status}, and no chat server's answer)",
            code.title()
        );
        Problem {
            kind: FOREIGN.to_owned(),
            status,
            ..Problem::new(code, detail)
        }
    });
    problem.retry_after_ms = problem.retry_after_ms.or(retry_after_ms);
    Error::from(problem)
}
