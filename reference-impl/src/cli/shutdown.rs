//! The end: SIGTERM or SIGINT, heard once and told to everyone.

use std::future::Future;

use tokio::sync::watch;

/// Told to everyone who has to stop.
#[derive(Clone)]
pub(super) struct Shutdown(watch::Receiver<bool>);

impl Shutdown {
    /// Listens for the signals of the system.
    pub(super) fn on_signal() -> std::io::Result<Self> {
        let (tell, told) = watch::channel(false);
        let signal = signal()?;
        tokio::spawn(async move {
            signal.await;
            tell.send_replace(true);
        });
        Ok(Self(told))
    }

    /// Whether it has begun.
    pub(super) fn has_begun(&self) -> bool {
        *self.0.borrow()
    }

    /// Resolves when it begins.
    pub(super) fn begun(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut told = self.0.clone();
        async move {
            // The sender lives until it has told; if it is gone, this is the end as well.
            let _ = told.wait_for(|begun| *begun).await;
        }
    }
}

#[cfg(unix)]
fn signal() -> std::io::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn signal() -> std::io::Result<impl Future<Output = ()> + Send> {
    Ok(async {
        // Without the handler there is no signal to wait for.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
