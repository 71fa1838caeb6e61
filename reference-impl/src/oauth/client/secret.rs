//! What a client keeps to itself: held in memory, or read anew from a file each time that it is used.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use zeroize::Zeroizing;

/// The longest secret or assertion, in bytes.
const LONGEST: u64 = 16 * 1024;

/// A secret, or an assertion that somebody else has signed. Clones share it.
#[derive(Clone)]
pub enum Secret {
    /// It is held in memory until the end.
    Held(Arc<Zeroizing<String>>),
    /// It is the text of this file at the time of use, without the white space around it. Nothing of it is
    /// held for longer: what a platform writes there may be short-lived, and changes without a restart.
    File(PathBuf),
}

/// A secret cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a file with a secret cannot be used: {0}")]
pub struct SecretError(String);

impl Secret {
    /// A secret that is held in memory.
    pub fn held(text: impl Into<String>) -> Self {
        Self::Held(Arc::new(Zeroizing::new(text.into())))
    }

    /// The secret as it is now.
    ///
    /// # Errors
    /// [`SecretError`] when its file cannot be read, or holds nothing that is printable ASCII and of
    /// reasonable length.
    pub async fn read(&self) -> Result<Zeroizing<String>, SecretError> {
        match self {
            Self::Held(text) => Ok(Zeroizing::clone(text)),
            Self::File(path) => {
                let path = path.clone();
                tokio::task::spawn_blocking(move || from_file(&path))
                    .await
                    .unwrap_or_else(|_| Err(SecretError("it was not read to its end".to_owned())))
            }
        }
    }
}

fn from_file(path: &std::path::Path) -> Result<Zeroizing<String>, SecretError> {
    use std::io::Read as _;
    let wrong = |why: &str| SecretError(format!("{}: {why}", path.display()));
    let file = std::fs::File::open(path).map_err(|error| wrong(&error.to_string()))?;
    // A buffer that grows would leave copies behind.
    let room = usize::try_from(LONGEST + 1).unwrap_or(usize::MAX);
    let mut text = Zeroizing::new(String::with_capacity(room));
    file.take(LONGEST + 1)
        .read_to_string(&mut text)
        .map_err(|error| wrong(&error.to_string()))?;
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(wrong("it is empty"));
    }
    if text.len() == room {
        return Err(wrong("it is longer than 16 KiB"));
    }
    if trimmed.chars().any(char::is_control) {
        return Err(wrong("it has more than one line"));
    }
    Ok(Zeroizing::new(trimmed.to_owned()))
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held(_) => f.write_str("Secret(…)"),
            Self::File(path) => write!(f, "Secret(from {})", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_read_anew_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let secret = Secret::File(path.clone());
        assert!(secret.read().await.is_err());
        for text in ["first", "second"] {
            std::fs::write(&path, format!("{text}\n")).unwrap();
            assert_eq!(secret.read().await.unwrap().as_str(), text);
        }
    }

    #[tokio::test]
    async fn what_cannot_be_a_secret_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        for text in ["", " \n", "two\nlines", &"x".repeat(16 * 1024 + 1)] {
            std::fs::write(&path, text).unwrap();
            let told = Secret::File(path.clone()).read().await.unwrap_err();
            assert!(told.to_string().contains("secret"), "{told}");
        }
    }

    #[test]
    fn nothing_of_it_is_printed() {
        assert_eq!(format!("{:?}", Secret::held("rutabaga")), "Secret(…)");
    }
}
