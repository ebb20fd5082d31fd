//! Topic Names and Topic Filters: faults of a filter, matching, shared subscriptions (3.1.1 and 5.0 section 4.7, 5.0 section 4.8).
//!
//! All of it works on bytes: a filter need not be UTF-8 to be looked at.

/// A wildcard that stands where it must not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FilterFault {
    /// The offset of the wildcard within the filter.
    pub at: usize,
    /// What is wrong with it.
    pub kind: FilterFaultKind,
}

/// The ways to misplace a wildcard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FilterFaultKind {
    /// A level `#` with levels behind it ([MQTT-4.7.1-1], 3.1.1 [MQTT-4.7.1-2]).
    HashNotLast,
    /// `#` together with other characters in one level ([MQTT-4.7.1-1], 3.1.1 [MQTT-4.7.1-2]).
    HashNotAlone,
    /// `+` together with other characters in one level ([MQTT-4.7.1-2], 3.1.1 [MQTT-4.7.1-3]).
    PlusNotAlone,
}

/// The first misplaced wildcard of a Topic Filter; an empty filter has none.
pub fn filter_fault(filter: &[u8]) -> Option<FilterFault> {
    let mut level_at = 0;
    for level in filter.split(|&byte| byte == b'/') {
        let wildcard = level.iter().enumerate().find(|(_, byte)| matches!(byte, b'+' | b'#'));
        if let Some((offset, &wildcard)) = wildcard {
            let kind = match (wildcard, level.len()) {
                (b'+', 1) => None,
                (b'+', _) => Some(FilterFaultKind::PlusNotAlone),
                (_, 1) if level_at + 1 == filter.len() => None,
                (_, 1) => Some(FilterFaultKind::HashNotLast),
                (_, _) => Some(FilterFaultKind::HashNotAlone),
            };
            if let Some(kind) = kind {
                return Some(FilterFault { at: level_at + offset, kind });
            }
        }
        level_at += level.len() + 1;
    }
    None
}

/// Whether a Topic Name matches a Topic Filter; of a `$share` filter, give the inner one ([`share`]).
///
/// Misplaced wildcards stand for themselves.
pub fn matches(filter: &[u8], topic: &[u8]) -> bool {
    // [MQTT-4.7.2-1]: a leading wildcard does not match Topic Names that begin with $.
    if topic.first() == Some(&b'$') && matches!(filter.first(), Some(b'+' | b'#')) {
        return false;
    }
    let mut filter_levels = filter.split(|&byte| byte == b'/').peekable();
    let mut topic_levels = topic.split(|&byte| byte == b'/');
    while let Some(filter_level) = filter_levels.next() {
        // Section 4.7.1.2: # includes the parent level, so it also matches when the topic has ended.
        if filter_level == b"#" && filter_levels.peek().is_none() {
            return true;
        }
        match topic_levels.next() {
            Some(topic_level) if filter_level == b"+" || filter_level == topic_level => {}
            _ => return false,
        }
    }
    topic_levels.next().is_none()
}

/// The parts of the filter of a shared subscription, `$share/{name}/{filter}` (5.0 section 4.8.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Share<'a> {
    /// The ShareName; may be empty or hold wildcards, which the specification forbids ([MQTT-4.8.2-1], [MQTT-4.8.2-2]).
    pub name: &'a [u8],
    /// The Topic Filter behind it; may be empty.
    pub filter: &'a [u8],
}

/// Takes a shared subscription's filter apart; `None` when it does not begin with `$share/` or has no `/` behind the name.
pub fn share(filter: &[u8]) -> Option<Share<'_>> {
    let behind = filter.strip_prefix(SHARE_PREFIX)?;
    let slash = behind.iter().position(|&byte| byte == b'/')?;
    let (name, filter) = behind.split_at_checked(slash)?;
    Some(Share { name, filter: filter.strip_prefix(b"/")? })
}

/// What the Topic Filter of a shared subscription begins with (5.0 section 4.8.2).
pub const SHARE_PREFIX: &[u8] = b"$share/";

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(filter: &str) -> Option<(usize, FilterFaultKind)> {
        filter_fault(filter.as_bytes()).map(|fault| (fault.at, fault.kind))
    }

    fn matching(filter: &str, topic: &str) -> bool {
        matches(filter.as_bytes(), topic.as_bytes())
    }

    #[test]
    fn examples_of_the_specification_about_wildcards() {
        for filter in ["#", "sport/tennis/#", "+", "+/tennis/#", "sport/+/player1", "/+", "/", "", "a//+/#", "$SYS/#"] {
            assert_eq!(fault(filter), None, "{filter}");
        }
        assert_eq!(fault("sport/tennis#"), Some((12, FilterFaultKind::HashNotAlone)));
        assert_eq!(fault("sport/tennis/#/ranking"), Some((13, FilterFaultKind::HashNotLast)));
        assert_eq!(fault("sport+"), Some((5, FilterFaultKind::PlusNotAlone)));
        assert_eq!(fault("#/"), Some((0, FilterFaultKind::HashNotLast)));
        assert_eq!(fault("##"), Some((0, FilterFaultKind::HashNotAlone)));
        assert_eq!(fault("+/+#"), Some((2, FilterFaultKind::PlusNotAlone)));
    }

    #[test]
    fn examples_of_the_specification_about_matching() {
        for (filter, topic) in [
            ("sport/tennis/player1/#", "sport/tennis/player1"),
            ("sport/tennis/player1/#", "sport/tennis/player1/ranking"),
            ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon"),
            ("sport/#", "sport"),
            ("#", "a/b"),
            ("#", "/"),
            ("sport/tennis/+", "sport/tennis/player1"),
            ("sport/+", "sport/"),
            ("+/+", "/finance"),
            ("/+", "/finance"),
            ("$SYS/#", "$SYS/a"),
            ("$SYS/monitor/+", "$SYS/monitor/Clients"),
            ("a/+/c", "a//c"),
        ] {
            assert!(matching(filter, topic), "{filter} {topic}");
        }
        for (filter, topic) in [
            ("sport/tennis/+", "sport/tennis/player1/ranking"),
            ("sport/+", "sport"),
            ("+", "/finance"),
            ("#", "$SYS/a"),
            ("+/monitor/Clients", "$SYS/monitor/Clients"),
            ("ACCOUNTS", "Accounts"),
            ("/finance", "finance"),
            ("a/b", "a/b/"),
            ("a/b/", "a/b"),
            ("sport/#", "sports"),
            ("a#", "ab"),
        ] {
            assert!(!matching(filter, topic), "{filter} {topic}");
        }
    }

    #[test]
    fn share_splits_at_the_first_slash_behind_the_name() {
        let parts = |filter: &'static str| share(filter.as_bytes()).map(|share| (share.name, share.filter));
        assert_eq!(parts("$share/consumer1//finance"), Some((&b"consumer1"[..], &b"/finance"[..])));
        assert_eq!(parts("$share//a"), Some((&b""[..], &b"a"[..])));
        assert_eq!(parts("$share/a/"), Some((&b"a"[..], &b""[..])));
        assert_eq!(parts("$share/a"), None);
        assert_eq!(parts("$shared/a/b"), None);
        assert_eq!(parts("share/a/b"), None);
    }
}
