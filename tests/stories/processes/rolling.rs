//! One process after the other is replaced, or killed, behind a balancer, while everybody talks: nothing that was
//! acknowledged is lost, and nothing that was said fails for good.

use chat_tests::{Balancer, Crowd, Door, Home, RedisServer, Serving, checker, until};
use serde_json::Value;

const PROCESSES: usize = 3;
/// Messages of all together between two changes.
const BETWEEN: u64 = 60;

/// Three processes on one database.
pub(super) struct Fleet {
    home: Home,
    redis: RedisServer,
    processes: Vec<Serving>,
    balancer: Balancer,
}

impl Fleet {
    pub(super) async fn start() -> Self {
        let (home, redis) = (Home::new(), RedisServer::start().await);
        let mut processes = Vec::new();
        for _ in 0..PROCESSES {
            processes.push(serve(&home, &redis.url()).await);
        }
        let fleet = Self {
            balancer: Balancer::start(addresses(&processes)).await,
            home,
            redis,
            processes,
        };
        fleet.expect_together().await;
        fleet
    }

    /// The doors of the processes.
    pub(super) fn doors(&self) -> Vec<Door> {
        let addresses = self.processes.iter().map(|process| &process.address);
        addresses
            .map(|address| Door::mounted(address.parse().expect("an address"), ""))
            .collect()
    }

    /// Waits until everybody knows of all.
    async fn expect_together(&self) {
        for process in &self.processes {
            until("they know of each other", async || {
                let url = format!("{}/health/ready", process.url());
                let answer = reqwest::get(url).await.map_err(|error| error.to_string())?;
                let ready: Value = answer.json().await.map_err(|error| error.to_string())?;
                match ready["processes"] == PROCESSES {
                    true => Ok(()),
                    false => Err(ready.to_string()),
                }
            })
            .await;
        }
    }

    /// A new process in the place of the first.
    async fn replace(&mut self) -> Serving {
        self.processes
            .push(serve(&self.home, &self.redis.url()).await);
        let old = self.processes.remove(0);
        self.balancer.set(addresses(&self.processes));
        old
    }
}

pub(super) async fn serve(home: &Home, redis: &str) -> Serving {
    let settings = [
        "limits.sends_per_minute=1000000",
        "limits.calls_per_minute=1000000",
        "limits.anonymous_calls_per_minute=1000000",
        "limits.conversation_sends_per_minute=1000000",
        "limits.reads_per_minute=1000000",
        "shutdown_spread_ms=1000",
    ];
    let mut words = vec!["--redis", redis];
    words.extend(settings.iter().flat_map(|setting| ["--set", setting]));
    home.serve("127.0.0.1:0", &words).await
}

fn addresses(processes: &[Serving]) -> Vec<String> {
    let addresses = processes.iter().map(|process| process.address.clone());
    addresses.collect()
}

#[tokio::test]
async fn processes_are_replaced_one_by_one_while_everybody_talks() {
    let mut fleet = Fleet::start().await;
    let crowd = Crowd::gather(&[fleet.balancer.url()]).await;
    crowd.reaches(BETWEEN).await;

    for _ in 0..PROCESSES {
        let old = fleet.replace().await;
        let ended = old.process.terminate().await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        crowd.reaches(crowd.acknowledged() + BETWEEN).await;
    }
    let history = crowd.history().await;

    assert_eq!(checker::faults(&history), []);
    let said: usize = history.said.values().map(Vec::len).sum();
    assert_eq!(history.stored.len(), said);
}

#[tokio::test]
async fn processes_are_killed_one_by_one_while_everybody_talks() {
    let mut fleet = Fleet::start().await;
    let crowd = Crowd::gather(&[fleet.balancer.url()]).await;
    crowd.reaches(BETWEEN).await;

    for _ in 0..PROCESSES {
        let old = fleet.replace().await;
        old.process.kill().await;
        crowd.reaches(crowd.acknowledged() + BETWEEN).await;
    }
    let history = crowd.history().await;

    assert_eq!(checker::faults(&history), []);
    let said: usize = history.said.values().map(Vec::len).sum();
    assert_eq!(history.stored.len(), said);
}
