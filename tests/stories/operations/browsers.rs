//! What browsers are told: by every answer, and about pages of other origins.

use axum::{Router, body::Body, http::Request, routing::get};
use chat_tests::{Answer, Server};
use tower::ServiceExt;

const APP: &str = "https://app.example.org";

#[tokio::test]
async fn every_answer_forbids_guessing_framing_keeping_and_telling() {
    let server = Server::start().await;
    let ann = server.person("ann").await;
    for path in [
        "/api/v1/users/me",
        "/api/v1/moon",
        "/docs",
        "/reset",
        "/verify",
        "/metrics",
        "/health/live",
        "/ws",
    ] {
        let answer = ann.door.get(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("x-frame-options", "DENY"),
            ("cache-control", "no-store"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        let policy = answer.header("content-security-policy").unwrap_or_default();
        let strict = policy.starts_with("default-src 'none'") && !policy.contains("unsafe");
        assert!(
            strict && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(answer.header("permissions-policy").is_some(), "{path}");
        assert_eq!(answer.header("strict-transport-security"), None, "{path}");
    }
}

#[tokio::test]
async fn routes_of_the_embedding_program_keep_their_own_headers() {
    let server = Server::start().await;
    let home = Router::new().route("/", get(async || "home"));
    let program = home.nest("/chat", server.chat().router());
    let ask = async |path: &str| {
        let request = Request::get(path).body(Body::empty()).unwrap();
        program.clone().oneshot(request).await.unwrap()
    };

    assert!(
        ask("/chat/health/live")
            .await
            .headers()
            .contains_key("x-frame-options")
    );
    for path in ["/", "/nowhere"] {
        assert!(
            !ask(path).await.headers().contains_key("x-frame-options"),
            "{path}"
        );
    }
}

async fn preflight(server: &Server, origin: &str, method: &str) -> Answer {
    let door = server.door.with("origin", origin);
    let door = door.with("access-control-request-method", method);
    door.call("OPTIONS", "/users/me", None).await
}

#[tokio::test]
async fn pages_of_allowed_origins_may_make_every_call_without_cookies() {
    let server = Server::with(|config| config.allowed_origins = vec![format!("{APP}/")]).await;
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        let answer = preflight(&server, APP, method).await;
        assert_eq!(answer.header("access-control-allow-origin"), Some(APP));
        let methods = answer.header("access-control-allow-methods").unwrap();
        assert!(methods.split(',').any(|known| known == method), "{methods}");
        let headers = answer.header("access-control-allow-headers").unwrap();
        for name in ["authorization", "content-type", "idempotency-key"] {
            assert!(headers.contains(name), "{headers}");
        }
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
    let answer = server
        .door
        .with("origin", APP)
        .get("/api/v1/users/me")
        .await;
    let exposed = answer.header("access-control-expose-headers").unwrap();
    assert!(
        exposed.contains("x-request-id") && exposed.contains("retry-after"),
        "{exposed}"
    );
    assert_eq!(
        answer.header("cross-origin-resource-policy"),
        Some("cross-origin")
    );
}

#[tokio::test]
async fn pages_of_other_origins_may_not_even_read() {
    let server = Server::with(|config| config.allowed_origins = vec![APP.to_owned()]).await;
    for origin in [
        "https://evil.example.org",
        "http://app.example.org",
        "null",
        "https://app.example.org.evil.org",
    ] {
        for answer in [
            preflight(&server, origin, "DELETE").await,
            server.door.with("origin", origin).get("/health/live").await,
        ] {
            assert_eq!(
                answer.header("access-control-allow-origin"),
                None,
                "{origin}"
            );
            assert_eq!(
                answer.header("cross-origin-resource-policy"),
                Some("same-origin")
            );
        }
    }
}
