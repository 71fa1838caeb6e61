//! Serves a folder over HTTP on loopback, as a host of static pages would.

use crate::Failure;
use axum::{
    Router,
    extract::State,
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::get,
};
use std::{
    net::Ipv4Addr,
    path::{Component, Path, PathBuf},
    sync::Arc,
};
use tokio::{net::TcpListener, task::JoinHandle};
use url::Url;

/// What a browser asks for where a page names no icon.
const ICON: &str = "/favicon.ico";

/// A server; it stops when it is dropped.
pub(crate) struct Server {
    /// Where it is, with a slash at the end.
    pub(crate) origin: Url,
    /// What it serves.
    pub(crate) folder: PathBuf,
    task: JoinHandle<std::io::Result<()>>,
}

impl Server {
    /// Serves a folder at a free port.
    pub(crate) async fn start(folder: &Path) -> Result<Self, Failure> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let origin = Url::parse(&format!("http://{}/", listener.local_addr()?))?;
        let router = Router::new()
            .route(ICON, get(StatusCode::NO_CONTENT))
            .fallback(file)
            .with_state(Arc::new(folder.to_owned()));
        Ok(Self {
            origin,
            folder: folder.to_owned(),
            task: tokio::spawn(async move { axum::serve(listener, router).await }),
        })
    }

    /// The pages that it serves, as their paths, in order.
    pub(crate) fn pages(&self) -> Result<Vec<String>, Failure> {
        let mut pages = Vec::new();
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|end| end == "html") {
                    let page = path.strip_prefix(&self.folder)?;
                    pages.push(page.to_string_lossy().into_owned());
                }
            }
        }
        pages.sort();
        Ok(pages)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn file(State(folder): State<Arc<PathBuf>>, uri: Uri) -> Response {
    let Some(path) = place(&folder, uri.path()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match tokio::fs::read(&path).await {
        Ok(bytes) => ([(header::CONTENT_TYPE, kind(&path))], bytes).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The file of a path, below the folder in any case.
pub(crate) fn place(folder: &Path, path: &str) -> Option<PathBuf> {
    let relative = path.trim_start_matches('/');
    let relative = match relative.is_empty() || relative.ends_with('/') {
        true => format!("{relative}index.html"),
        false => relative.to_owned(),
    };
    let relative = Path::new(&relative);
    let is_below = relative
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    is_below.then(|| folder.join(relative))
}

fn kind(path: &Path) -> &'static str {
    match path.extension().and_then(|end| end.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_served_is_below_the_folder() {
        let folder = Path::new("/book");
        let found = |path| place(folder, path);
        assert_eq!(found("/a/b.html"), Some(PathBuf::from("/book/a/b.html")));
        assert_eq!(found("/"), Some(PathBuf::from("/book/index.html")));
        assert_eq!(found("/a/"), Some(PathBuf::from("/book/a/index.html")));
        assert_eq!(found("/../secret"), None);
    }
}
