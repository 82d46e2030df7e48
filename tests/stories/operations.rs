//! What an operator is promised: HTTPS, logs and counts without secrets, readiness that means it, safe answers.

mod browsers;
mod logs;
mod metrics;
mod ready;
mod tls;
