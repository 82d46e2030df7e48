//! Several processes of `chat serve` on one database, with a Redis between them. Each finds both over ways of its own,
//! which can be bad; whoever comes finds the processes behind balancers.

use crate::{
    Answer,
    kit::{
        balancer::Balancer, door::Door, postgres::PostgresServer, process::Home, process::Serving,
        proxy::Proxy, redis::RedisServer,
    },
    until,
};

/// So many processes.
const PROCESSES: usize = 3;

/// Where a process runs, and the next one after it.
pub struct Place {
    /// Its way to Redis.
    pub to_redis: Proxy,
    /// Its way to PostgreSQL, where that is the story's own.
    to_postgres: Option<Proxy>,
    /// The way of people who go here first.
    way_in: Balancer,
    settings: Vec<String>,
    address: String,
    serving: Option<Serving>,
}

/// Processes that belong together.
pub struct Fleet {
    home: Home,
    /// The Redis between them.
    pub redis: RedisServer,
    postgres: Option<PostgresServer>,
    /// Where they run.
    pub places: Vec<Place>,
    balancer: Balancer,
}

impl Fleet {
    /// Starts them on the database that the environment names.
    pub async fn start() -> Self {
        Self::of(None, |_| Vec::new()).await
    }

    /// Starts them on a PostgreSQL of their own.
    pub async fn on_postgres() -> Self {
        let postgres = PostgresServer::start(&[]).await;
        Self::of(Some(postgres), |_| Vec::new()).await
    }

    /// The same on this one, each with more settings.
    pub async fn on(postgres: PostgresServer, settings: impl Fn(usize) -> Vec<String>) -> Self {
        Self::of(Some(postgres), settings).await
    }

    async fn of(postgres: Option<PostgresServer>, settings: impl Fn(usize) -> Vec<String>) -> Self {
        let mut fleet = Self {
            home: Home::new(),
            redis: RedisServer::start().await,
            postgres,
            places: Vec::new(),
            balancer: Balancer::start(Vec::new()).await,
        };
        for nth in 0..PROCESSES {
            let to_postgres = match &fleet.postgres {
                Some(postgres) => Some(Proxy::to_postgres(postgres.port()).await),
                None => None,
            };
            fleet.places.push(Place {
                to_redis: Proxy::to_redis(fleet.redis.port()).await,
                to_postgres,
                way_in: Balancer::to_the_first(Vec::new()).await,
                settings: settings(nth),
                address: "127.0.0.1:0".to_owned(),
                serving: None,
            });
            fleet.start_again(nth).await;
        }
        fleet.expect_together().await;
        fleet
    }

    /// The PostgreSQL of the story.
    ///
    /// # Panics
    /// Where there is none.
    pub fn postgres(&mut self) -> &mut PostgresServer {
        self.postgres.as_mut().expect("it was started on one")
    }

    /// A process's way to PostgreSQL.
    ///
    /// # Panics
    /// Where that is not the story's own.
    pub fn to_postgres(&self, nth: usize) -> &Proxy {
        let way = self.places[nth].to_postgres.as_ref();
        way.expect("it was started on one")
    }

    /// Where connections come to each process in turn.
    pub fn url(&self) -> String {
        self.balancer.url()
    }

    /// Where connections come to one process each, as long as that takes them.
    pub fn ways_in(&self) -> Vec<String> {
        self.places.iter().map(|place| place.way_in.url()).collect()
    }

    /// The doors of the processes.
    pub fn doors(&self) -> Vec<Door> {
        let places = self.places.iter();
        places
            .map(|place| Door::mounted(place.address.parse().expect("an address"), ""))
            .collect()
    }

    /// Waits until everybody knows of all.
    pub async fn expect_together(&self) {
        for door in self.doors() {
            until("they know of each other", async || {
                // One that has to wait for its database says so, and is ready a moment later.
                let Answer { status, body, .. } = door.get("/health/ready").await;
                let is_ready = status == 200 && body["redis"] == "ok";
                match is_ready && body["processes"] == PROCESSES {
                    true => Ok(()),
                    false => Err(body.to_string()),
                }
            })
            .await;
        }
    }

    /// Waits until a process says that it is ready, or that it is not.
    pub async fn expect_ready(&self, nth: usize, is_ready: bool) {
        let door = &self.doors()[nth];
        until("it says how it is", async || {
            match door.get("/health/ready").await {
                answer if (answer.status == 200) == is_ready => Ok(()),
                answer => Err(format!("{answer:?}")),
            }
        })
        .await;
    }

    /// Kills one in the middle of whatever it does.
    ///
    /// # Panics
    /// When it does not run.
    pub async fn kill(&mut self, nth: usize) {
        let serving = self.places[nth].serving.take().expect("it runs");
        serving.process.kill().await;
    }

    /// Starts a process where the last one was.
    pub async fn start_again(&mut self, nth: usize) {
        let address = self.places[nth].address.clone();
        let serving = self.serve(nth, &address).await;
        self.put(nth, serving);
    }

    /// A new process in the place of another, which runs on without new connections.
    ///
    /// # Panics
    /// When none runs there.
    pub async fn replace(&mut self, nth: usize) -> Serving {
        let serving = self.serve(nth, "127.0.0.1:0").await;
        self.put(nth, serving).expect("it runs")
    }

    fn put(&mut self, nth: usize, serving: Serving) -> Option<Serving> {
        self.places[nth].address.clone_from(&serving.address);
        let old = self.places[nth].serving.replace(serving);
        let mut addresses: Vec<_> = self
            .places
            .iter()
            .map(|place| place.address.clone())
            .collect();
        self.balancer.set(addresses.clone());
        for place in &self.places {
            place.way_in.set(addresses.clone());
            addresses.rotate_left(1);
        }
        old
    }

    async fn serve(&self, nth: usize, listen: &str) -> Serving {
        let place = &self.places[nth];
        let redis = format!("redis://127.0.0.1:{}", place.to_redis.port());
        let settings = [
            "limits.sends_per_minute=1000000",
            "limits.calls_per_minute=1000000",
            "limits.anonymous_calls_per_minute=1000000",
            "limits.conversation_sends_per_minute=1000000",
            "limits.reads_per_minute=1000000",
            "shutdown_spread_ms=1000",
        ];
        let more = place.settings.iter().map(String::as_str);
        let mut words = vec!["--redis", redis.as_str()];
        words.extend(
            settings
                .into_iter()
                .chain(more)
                .flat_map(|set| ["--set", set]),
        );
        match (&self.postgres, &place.to_postgres) {
            (Some(postgres), Some(way)) => {
                let database = postgres.url_at(way.port());
                self.home.serve_on(&database, listen, &words).await
            }
            _ => self.home.serve(listen, &words).await,
        }
    }
}
