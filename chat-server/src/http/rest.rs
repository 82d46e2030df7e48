//! What is left of a request's body when it is answered. Little of it, that is on its way anyway, is read, so that the next
//! request can come over the same connection; where there is more, the answer says that the connection ends with it. Nobody
//! waits long for that, and nothing of it is kept.

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::Request,
    http::{HeaderValue, Response, Version, header},
};
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{sync::oneshot, time::timeout};

/// So much is read.
const REST_MOST: u64 = 64 << 10;
/// What is on its way is waited for so long.
const MOMENT: Duration = Duration::from_millis(200);

/// A body that comes back from whoever lets go of it before its end.
struct Lent {
    body: Option<Body>,
    is_begun: bool,
    back: Option<oneshot::Sender<Left>>,
}

/// A body that nobody wants.
struct Left {
    body: Body,
    is_begun: bool,
}

/// Where such a body is to be found.
pub(super) struct Rest {
    back: oneshot::Receiver<Left>,
    /// Whether the peer sends it only when it is told to.
    is_awaited: bool,
    version: Version,
}

/// Lends the body of a request to who answers it; none where there is none.
pub(super) fn lend(request: Request) -> (Request, Option<Rest>) {
    if request.body().is_end_stream() {
        return (request, None);
    }
    let (sender, back) = oneshot::channel();
    let rest = Rest {
        back,
        is_awaited: request.headers().contains_key(header::EXPECT),
        version: request.version(),
    };
    let lent = |body| {
        Body::new(Lent {
            body: Some(body),
            is_begun: false,
            back: Some(sender),
        })
    };
    (request.map(lent), Some(rest))
}

impl Rest {
    /// Sees that the connection is good for another request, or that the answer says it is not.
    pub(super) async fn settle<B>(mut self, response: &mut Response<B>) {
        let Ok(left) = self.back.try_recv() else {
            // It was read to its end, or still is being read.
            return;
        };
        let is_settled = match left.is_begun || !self.is_awaited {
            true => left.read().await,
            // To read it would ask for it.
            false => false,
        };
        // Later versions have a stream for each request.
        if !is_settled && self.version <= Version::HTTP_11 {
            let headers = response.headers_mut();
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

impl Left {
    /// Reads it to its end, if that is near.
    async fn read(mut self) -> bool {
        if HttpBody::size_hint(&self.body).lower() > REST_MOST {
            return false;
        }
        let whole = async {
            let mut came = 0;
            while let Some(frame) = self.body.frame().await {
                let Ok(frame) = frame else { return false };
                came += frame.data_ref().map_or(0, Bytes::len) as u64;
                if came > REST_MOST {
                    return false;
                }
            }
            true
        };
        timeout(MOMENT, whole).await.unwrap_or(false)
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.is_begun = true;
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let frame = ready!(Pin::new(body).poll_frame(cx));
        if !matches!(frame, Some(Ok(_))) {
            // It has ended, or broken off: nothing is left of it.
            self.body = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.body {
            Some(body) => HttpBody::size_hint(body),
            None => SizeHint::with_exact(0),
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let left = self.body.take().filter(|body| !body.is_end_stream());
        if let (Some(body), Some(back)) = (left, self.back.take()) {
            let is_begun = self.is_begun;
            // Where nobody asks any more, the connection is gone.
            let _ = back.send(Left { body, is_begun });
        }
    }
}
