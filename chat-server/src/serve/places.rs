//! Places for connections: so many in all, so many of one peer. Whoever gets none is told so, where that costs little.

use super::lingering::{Lingering, MaySend};
use crate::{Error, limit::household};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{io::AsyncWriteExt, net::TcpStream, sync::Semaphore, time::timeout};

/// Who is turned away has this long to hear it.
const GOODBYE: Duration = Duration::from_secs(1);
/// Goodbyes at a time; beyond them, connections are closed in silence.
const GOODBYES_MOST: usize = 200;

/// The places of a listener.
pub(super) struct Places {
    most: usize,
    most_of_one: usize,
    /// Peers that speak for many, and are not counted by themselves.
    proxies: Vec<IpAddr>,
    taken: Mutex<Taken>,
    goodbyes: Semaphore,
}

#[derive(Default)]
struct Taken {
    all: usize,
    by_peer: HashMap<IpAddr, usize>,
}

/// A place, free again when it is dropped.
pub(super) struct Place {
    places: Arc<Places>,
    peer: IpAddr,
}

impl Places {
    pub(super) fn new(most: usize, most_of_one: usize, proxies: &[IpAddr]) -> Arc<Self> {
        Arc::new(Self {
            most,
            most_of_one,
            proxies: proxies.to_vec(),
            taken: Mutex::default(),
            goodbyes: Semaphore::new(GOODBYES_MOST),
        })
    }

    /// A place for a connection of a peer; none when there are too many.
    pub(super) fn take(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let is_proxy = self.proxies.contains(&peer.to_canonical());
        let peer = household(peer);
        let mut taken = self.lock();
        let own = taken.by_peer.get(&peer).copied().unwrap_or_default();
        let is_full = own >= self.most_of_one && !is_proxy;
        if taken.all >= self.most || is_full {
            return None;
        }
        taken.all += 1;
        taken.by_peer.insert(peer, own + 1);
        Some(Place {
            places: self.clone(),
            peer,
        })
    }

    /// Says that there is no place. For connections without TLS: a handshake would cost more than it is worth.
    pub(super) async fn turn_away(&self, stream: TcpStream) {
        let Ok(_goodbye) = self.goodbyes.try_acquire() else {
            return;
        };
        // Its request is on the way.
        let may_send = MaySend::default();
        may_send.note();
        let mut stream = Lingering::new(stream, may_send);
        let said = async {
            stream.write_all(goodbye().as_bytes()).await?;
            stream.shutdown().await
        };
        // Whether the peer listens is its own business.
        let _ = timeout(GOODBYE, said).await;
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.all -= 1;
        if let Some(own) = taken.by_peer.get_mut(&self.peer) {
            *own -= 1;
            if *own == 0 {
                taken.by_peer.remove(&self.peer);
            }
        }
    }
}

fn goodbye() -> String {
    let problem = Error::Unavailable {
        reason: "too many connections are open; close some, or come back in a moment",
        retry_after_ms: 5_000,
    }
    .problem();
    let body =
        serde_json::to_string(&problem).expect("a problem has string keys and no foreign types");
    format!(
        "HTTP/1.1 {} Service Unavailable\r\nContent-Type: application/problem+json\r\nContent-Length: {}\r\n\
         Retry-After: 5\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n{body}",
        problem.status,
        body.len(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_all_places_but_a_proxy() {
        let [peer, proxy] = [1, 2].map(|last| IpAddr::from([10, 0, 0, last]));
        let places = Places::new(4, 2, &[proxy]);

        let own: Vec<_> = (0..3).filter_map(|_| places.take(peer)).collect();
        let others: Vec<_> = (0..3).filter_map(|_| places.take(proxy)).collect();
        assert_eq!((own.len(), others.len()), (2, 2));
        drop((own, others));

        assert!(places.take(peer).is_some());
        let of = |text: &str| places.take(text.parse().unwrap());
        let household = [of("2001:db8::1"), of("2001:db8::2"), of("2001:db8::3")];
        assert_eq!(household.iter().flatten().count(), 2, "one peer");
        assert!(of("2001:db8:0:1::1").is_some());
        drop(household);
        assert!(places.lock().by_peer.is_empty() && places.lock().all == 0);
    }
}
