use super::*;

fn holds(text: &str, is: fn(&Term) -> bool) -> bool {
    Filter::parse(text).unwrap().unwrap().holds(&mut |term| is(term))
}

fn error(text: &str) -> (usize, String) {
    let error = Filter::parse(text).unwrap_err();
    (error.at, error.message)
}

/// A PUBLISH of QoS 1 by `sensor-7`, on port 1883, with one warning.
fn publish(term: &Term) -> bool {
    match term.field {
        Field::Any => term.text(b"Sensor-7") || term.text(b"plant/Pump/07"),
        Field::Client => term.text(b"Sensor-7"),
        Field::Topic => term.text(b"plant/Pump/07"),
        Field::Type => term.text(b"PUBLISH"),
        Field::Qos | Field::Findings | Field::Severity => term.number(1.0),
        Field::Port => term.number(1883.0) || term.number(50_000.0),
        Field::Version => term.text(b"5.0"),
        _ => false,
    }
}

#[test]
fn what_holds() {
    for text in [
        "client~sensor type=PUBLISH qos>0 topic~plant/# finding port:1883",
        "sensor",
        "pump",
        "client=sensor-7",
        "client!=sensor",
        "user!=anna",
        "topic~+/Pump/+",
        "topic~PUMP",
        "type=publish",
        "type!=CONNECT",
        "qos>=1 qos<=1 qos<2 qos=0x1",
        "port=50000",
        "nothing or sensor",
        "nothing or (sensor and !nothing)",
        "not (nothing or never)",
        "!nothing",
        "severity>=warning severity<error",
        "version=5",
        "findings=1",
        "client~\"sensor-7\"",
        "a && b || SENSOR",
    ] {
        assert!(holds(text, publish), "{text}");
    }
}

#[test]
fn what_does_not() {
    for text in
        ["client=sensor", "topic~plant/+", "topic~+/pump/+", "qos>1", "!finding", "not sensor", "severity=error", "x or y", "\"finding\""]
    {
        assert!(!holds(text, publish), "{text}");
    }
}

#[test]
fn nothing_is_no_filter() {
    assert_eq!(Filter::parse("  "), Ok(None));
}

#[test]
fn errors_say_where() {
    let at = |text: &str, at: usize, part: &str| {
        let (found, message) = error(text);
        assert!(found == at && message.contains(part), "{text}: {found} {message}");
    };
    at("client~a clint=b", 9, "did you mean client?");
    at("qos>x", 4, "a number");
    at("qos~1", 3, "compare by");
    at("client>a", 6, "compare by");
    at("type=PUBLICH", 5, "PUBLISH");
    at("severity>bad", 9, "info, warning, error");
    at("(a or b", 7, "closing bracket");
    at("a)", 1, "no bracket");
    at("a or", 4, "missing");
    at("topic~", 6, "a value");
    at("client=\"a", 7, "quote");
    at(&"(".repeat(1000), 64, "too many");
    at("温度 quux=1", 7, "there are");
}

#[test]
fn every_field_but_any_has_a_name_and_is_its_own() {
    use strum::IntoEnumIterator;
    for field in Field::iter().filter(|field| *field != Field::Any) {
        assert!(FIELDS.iter().any(|(_, known, ..)| *known == field), "{field:?}");
    }
    let mut names: Vec<_> = FIELDS.iter().flat_map(|(names, ..)| names.iter()).collect();
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
}

proptest::proptest! {
    #[test]
    fn any_text_is_an_expression_or_an_error_inside_it(text in "\\PC{0,40}") {
        if let Err(error) = Filter::parse(&text) {
            assert!(text.is_char_boundary(error.at));
        }
    }
}
