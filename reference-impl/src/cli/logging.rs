//! Where the log goes: to standard error, as text or as one JSON object per line.

use tracing_subscriber::filter::LevelFilter;

use super::config_file::{Log, LogFormat, LogLevel};

/// Starts logging. Libraries are heard only when they warn.
pub(super) fn start(log: &Log) {
    let level = match log.level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let filter = tracing_subscriber::EnvFilter::new(format!("warn,btx_reference={level}"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false);
    match log.format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
}
