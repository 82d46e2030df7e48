//! One connection to Redis, whatever stands behind the address. It does not come back by itself: whoever holds it opens
//! another, and knows then that something may have been missed.

use super::address::{Place, Sentinel};
use futures_util::{StreamExt, stream};
use redis::{
    AsyncConnectionConfig, Client, Cmd, Pipeline, ProtocolVersion, RedisFuture, RedisResult,
    TlsMode, Value,
    aio::{AsyncPushSender, ConnectionLike, MultiplexedConnection},
    cluster::ClusterClientBuilder,
    cluster_async::ClusterConnection,
    sentinel::{SentinelClient, SentinelNodeConnectionInfo, SentinelServerType},
};
use std::time::Duration;

/// A connection must be up within this time.
const OPEN_DEADLINE: Duration = Duration::from_secs(2);
/// Commands under way on one connection.
const UNDER_WAY_MOST: usize = 4096;
/// In a cluster each command finds its own server; so many at a time.
const AT_ONCE: usize = 64;
/// Channels in one command.
const CHANNELS_AT_ONCE: usize = 256;

/// An open connection.
#[derive(Clone)]
pub(super) enum Link {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Link {
    /// Opens a connection; what Redis says by itself goes to `pushed`.
    pub(super) async fn open(place: &Place, pushed: impl AsyncPushSender) -> RedisResult<Self> {
        let config = || {
            AsyncConnectionConfig::new()
                .set_connection_timeout(Some(OPEN_DEADLINE))
                // Each caller has a deadline of its own.
                .set_response_timeout(None)
                .set_pipeline_buffer_size(UNDER_WAY_MOST)
        };
        match place {
            Place::Alone(info) => {
                let client = Client::open(info.clone())?;
                let config = config().set_push_sender(pushed);
                let link = client.get_multiplexed_async_connection_with_config(&config);
                link.await.map(Self::One)
            }
            Place::Sentinel(sentinel) => {
                let config = config().set_push_sender(pushed);
                let mut client = client_behind(sentinel)?;
                let link = client.get_async_connection_with_config(&config);
                link.await.map(Self::One)
            }
            Place::Cluster(nodes) => {
                let client = ClusterClientBuilder::new(nodes.iter().cloned())
                    .use_protocol(ProtocolVersion::RESP3)
                    .connection_timeout(OPEN_DEADLINE)
                    .retries(2)
                    .push_sender(pushed)
                    .build()?;
                client.get_async_connection().await.map(Self::Cluster)
            }
        }
    }

    /// Does all of them; each has its own outcome.
    pub(super) async fn all(&mut self, commands: Vec<Cmd>) -> RedisResult<Vec<RedisResult<Value>>> {
        match self {
            Self::One(link) => {
                let mut pipeline = Pipeline::with_capacity(commands.len());
                for command in commands {
                    pipeline.add_command(command);
                }
                pipeline.ignore_errors().query_async(link).await
            }
            Self::Cluster(link) => {
                let each = stream::iter(commands).map(|command| {
                    let mut link = link.clone();
                    async move { command.query_async::<Value>(&mut link).await }
                });
                Ok(each.buffered(AT_ONCE).collect().await)
            }
        }
    }

    /// Hears of channels, or no longer.
    pub(super) async fn hear(&mut self, channels: Vec<String>, wanted: bool) -> RedisResult<()> {
        match self {
            Self::One(link) => {
                let name = if wanted { "SSUBSCRIBE" } else { "SUNSUBSCRIBE" };
                for channels in channels.chunks(CHANNELS_AT_ONCE) {
                    redis::cmd(name).arg(channels).exec_async(link).await?;
                }
                Ok(())
            }
            Self::Cluster(link) => {
                let each = stream::iter(channels).map(|channel| {
                    let mut link = link.clone();
                    async move {
                        match wanted {
                            true => link.ssubscribe(channel).await,
                            false => link.sunsubscribe(channel).await,
                        }
                    }
                });
                let all: Vec<_> = each.buffered(AT_ONCE).collect().await;
                all.into_iter().collect()
            }
        }
    }
}

fn client_behind(sentinel: &Sentinel) -> RedisResult<SentinelClient> {
    let mut node =
        SentinelNodeConnectionInfo::default().set_redis_connection_info(sentinel.settings.clone());
    if sentinel.is_tls {
        node = node.set_tls_mode(TlsMode::Secure);
    }
    SentinelClient::build(
        sentinel.asked.clone(),
        &sentinel.master,
        Some(node),
        SentinelServerType::Master,
    )
}

impl ConnectionLike for Link {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::One(link) => link.req_packed_command(cmd),
            Self::Cluster(link) => link.req_packed_command(cmd),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::One(link) => link.req_packed_commands(pipeline, offset, count),
            Self::Cluster(link) => link.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::One(link) => link.get_db(),
            Self::Cluster(link) => link.get_db(),
        }
    }
}
