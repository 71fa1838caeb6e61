//! What was checked, and what there is to complain about.

use std::fmt;

/// One thing that was checked.
#[derive(Debug)]
pub(crate) struct Check {
    /// What holds if there are no complaints, with how much was looked at.
    what: String,
    complaints: Vec<String>,
}

impl Check {
    /// A check of things that were looked at; having looked at nothing is a complaint.
    pub(crate) fn of(count: usize, what: &str, mut complaints: Vec<String>) -> Self {
        if count == 0 {
            complaints.push("there was nothing to look at".to_owned());
        }
        Self {
            what: format!("{count} {what}"),
            complaints,
        }
    }

    /// Whether there is nothing to complain about.
    pub(crate) fn holds(&self) -> bool {
        self.complaints.is_empty()
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.holds() { "ok  " } else { "FAIL" };
        write!(f, "{word} {}", self.what)?;
        for complaint in &self.complaints {
            write!(f, "\n       {complaint}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_of_nothing_does_not_hold() {
        assert!(Check::of(2, "pages load", Vec::new()).holds());
        assert!(!Check::of(0, "pages load", Vec::new()).holds());
        let check = Check::of(2, "pages load", vec!["a.html: gone".to_owned()]);
        assert_eq!(check.to_string(), "FAIL 2 pages load\n       a.html: gone");
    }
}
