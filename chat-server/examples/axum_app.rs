//! A web shop with the chat inside: its own customers, its own login, its own rules for what may be said.
//!
//! ```text
//! cargo run -p chat-server --example axum_app -- 127.0.0.1:8000
//! curl -c jar -d name=ann -d password=tulips http://127.0.0.1:8000/login
//! curl -b jar http://127.0.0.1:8000/chat/api/v1/users/me
//! ```

use axum::{
    Form, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use chat_core::{
    ClientId, ConversationKind, DisplayName, Event, MessageBody, SendMessage, UserId, UserRole,
    Username,
};
use chat_server::{ChatServer, Config, Draft, Events, Hooks, Host, Identity, NewUser, Refusal};
use std::{
    collections::HashMap,
    error::Error,
    net::SocketAddr,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1);
    let listener = TcpListener::bind(address.as_deref().unwrap_or("127.0.0.1:0")).await?;
    let address = listener.local_addr()?;

    let shop = Shop::default();
    let chat = ChatServer::builder()
        .config(Config {
            // A real program keeps it in a file: `sqlite://shop-chat.db`.
            database: "sqlite::memory:".to_owned(),
            // The shop's own pages may open sockets. Cookies go along with them, so no other page may.
            allowed_origins: vec![format!("http://{address}")],
            ..Config::default()
        })
        .hooks(ShopRules(shop.clone()))
        .build()
        .await?;

    // The shop's own voice: a user without a password, whom only this program can speak for.
    let host = chat.host();
    let concierge = NewUser {
        username: Username::parse("concierge")?,
        display_name: Some(DisplayName::parse("The tulip shop")?),
        email: None,
        password: None,
        role: UserRole::User,
    };
    let concierge = host.create_user(concierge).await?.user.id;
    tokio::spawn(welcome(host.events(), host, concierge));

    let app = Router::new()
        .route("/", get(home))
        .route("/login", post(login))
        .route("/logout", post(logout))
        .with_state(shop)
        .nest("/chat", chat.router());
    println!("listening on http://{address}");

    let draining = chat.clone();
    let stop = async move {
        stop_signal().await;
        draining.drain();
    };
    // With the peers' addresses, so that limits are counted for each of them.
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app)
        .with_graceful_shutdown(stop)
        .await?;
    // Sockets have left axum's hands; each of them says goodbye, or is cut off.
    let goodbyes = tokio::time::timeout(Duration::from_secs(5), chat.sockets_gone());
    goodbyes.await.unwrap_or_default();
    Ok(())
}

// What the chat asks the shop.

struct ShopRules(Shop);

#[async_trait::async_trait]
impl Hooks for ShopRules {
    /// Asked for every call and for every socket that opens. The chat makes a user for a customer at first sight, and
    /// finds them again by `id`.
    async fn identify(&self, headers: &HeaderMap) -> Option<Identity> {
        let customer = self.0.customer(headers)?;
        Some(Identity {
            id: customer.number.to_owned(),
            username: customer.name.to_owned(),
            display_name: customer.full_name.to_owned(),
            avatar_url: None,
        })
    }

    /// Asked before every message is stored. It could also change the text.
    async fn before_send(&self, draft: &mut Draft) -> Result<(), Refusal> {
        match &draft.content {
            Some(text) if text.as_str().to_lowercase().contains("casino") => {
                Err(Refusal("advertising is not welcome here".to_owned()))
            }
            _ => Ok(()),
        }
    }
}

/// Greets everybody who opens a conversation with the shop.
async fn welcome(mut events: Events, host: Host, concierge: UserId) {
    loop {
        let envelope = match events.next().await {
            Ok(envelope) => envelope,
            Err(missed) => {
                eprintln!("somebody may not have been welcomed: {missed}");
                continue;
            }
        };
        let Event::ConversationNew(new) = &envelope.event else {
            continue;
        };
        let has_concierge = new.members.iter().any(|m| m.user.id == concierge);
        if new.kind != ConversationKind::Direct || !has_concierge {
            continue;
        }
        // Both members' inboxes tell of the conversation. With the same client id, it is said once.
        let question = MessageBody::parse("Welcome! What are you looking for?")
            .expect("this is short and visible");
        let greeting = SendMessage {
            client_id: ClientId::try_from("welcome".to_owned()).ok(),
            ..SendMessage::text(new.id, question)
        };
        if let Err(error) = host.call(concierge, greeting).await {
            eprintln!("could not say welcome: {error}");
        }
    }
}

// The shop itself: nothing below knows of the chat.

struct Customer {
    number: &'static str,
    name: &'static str,
    full_name: &'static str,
    /// A real program keeps a hash.
    password: &'static str,
}

const CUSTOMERS: &[Customer] = &[
    Customer {
        number: "customer-1",
        name: "ann",
        full_name: "Ann Lee",
        password: "tulips",
    },
    Customer {
        number: "customer-2",
        name: "ben",
        full_name: "Ben Okafor",
        password: "daffodils",
    },
];

/// Who is signed in, by the secret in their cookie.
#[derive(Clone, Default)]
struct Shop(Arc<RwLock<HashMap<String, &'static Customer>>>);

const COOKIE: &str = "shop_session";

impl Shop {
    fn customer(&self, headers: &HeaderMap) -> Option<&'static Customer> {
        let sessions = self.0.read().unwrap_or_else(PoisonError::into_inner);
        sessions.get(session(headers)?).copied()
    }
}

fn session(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get(header::COOKIE)?.to_str().ok()?.split("; ");
    let mut pairs = cookies.filter_map(|cookie| cookie.split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|pair| pair.1)
}

#[derive(serde::Deserialize)]
struct LoginForm {
    name: String,
    password: String,
}

async fn login(State(shop): State<Shop>, Form(form): Form<LoginForm>) -> Response {
    let known = |c: &&Customer| c.name == form.name && c.password == form.password;
    let Some(customer) = CUSTOMERS.iter().find(known) else {
        return (StatusCode::UNAUTHORIZED, "wrong name or password\n").into_response();
    };
    let secret = format!("{:032x}", rand::random::<u128>());
    let mut sessions = shop.0.write().unwrap_or_else(PoisonError::into_inner);
    sessions.insert(secret.clone(), customer);
    // Over https, add `Secure`.
    let cookie = format!("{COOKIE}={secret}; Path=/; HttpOnly; SameSite=Strict");
    ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()
}

async fn logout(State(shop): State<Shop>, headers: HeaderMap) -> Redirect {
    if let Some(secret) = session(&headers) {
        let mut sessions = shop.0.write().unwrap_or_else(PoisonError::into_inner);
        sessions.remove(secret);
    }
    Redirect::to("/")
}

async fn home(State(shop): State<Shop>, headers: HeaderMap) -> String {
    match shop.customer(&headers) {
        Some(customer) => format!("Hello {}! The chat is at /chat/docs\n", customer.full_name),
        None => "Tulips! Sign in at /login with name=ann and password=tulips\n".to_owned(),
    }
}

/// Ctrl+C, or what an init system says.
async fn stop_signal() {
    #[cfg(unix)]
    let terminate = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<Option<()>>();
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate => {}
    }
}
