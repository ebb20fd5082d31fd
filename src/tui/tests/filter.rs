//! Every field and operator, held against the plant: which connections are listed, and how many packets are in their ladders.

use super::*;
use crate::filter::{FIELDS, Filter};
use crate::tui::model::Scope;

const TABLE: &[(&str, &[u32], usize)] = &[
    ("client=sensor-3", &[3, 4], 17),
    ("client!=sensor-3", &[0, 1, 2, 5, 6, 7], 71),
    ("client~SENSOR", &[3, 4, 5], 20),
    ("client!~sensor", &[0, 1, 2, 6, 7], 68),
    ("client:sensor", &[3, 4, 5], 20),
    ("user=pump-07", &[1], 14),
    ("address=10.20.0.33", &[3, 4], 17),
    ("address=10.20.0.33:50257", &[3], 8),
    ("address~10.20.0.3", &[3, 4, 5], 20),
    ("port:50257", &[3], 8),
    ("port>50000", &[1, 3, 4, 5, 7], 35),
    ("connection<3", &[0, 1, 2], 63),
    ("version=3.1.1", &[1, 2, 3, 4, 5], 48),
    ("version!=5.0", &[1, 2, 3, 4, 5, 7], 49),
    ("keepalive<=5", &[1, 2], 28),
    ("keepalive>=15", &[0, 3, 4, 5, 6], 59),
    ("gap>1", &[1, 2], 28),
    ("ended=protocol-violation", &[3, 5, 7], 12),
    ("ended~disconnect", &[0, 2, 4, 6], 62),
    ("type=PINGREQ", &[0, 1, 2, 4, 7], 8),
    ("type!=PINGREQ", &[3, 5, 6], 80),
    ("qos>0", &[0, 1, 2, 3, 4, 5], 16),
    ("topic=plant/pump/07/status", &[0, 1], 3),
    ("topic~plant/+/12/#", &[0, 2], 5),
    ("topic~TEMP", &[0, 3, 4], 11),
    ("id=77", &[3], 1),
    ("reason=0x94", &[6], 1),
    ("reason=148", &[6], 1),
    ("reason~alias", &[6], 1),
    ("size>50", &[0, 1], 3),
    ("frame=92", &[3], 1),
    ("rule=keep-alive-late", &[2], 1),
    ("rule~4.7.1", &[3], 1),
    ("finding", &[1, 2, 3, 4, 5, 6, 7], 11),
    ("!finding", &[0], 77),
    ("finding>1", &[3, 4], 0),
    ("severity=warning", &[2], 1),
    ("severity>=warning", &[1, 2, 3, 4, 5, 6, 7], 11),
    ("pump", &[0, 1], 20),
    ("not pump", &[2, 3, 4, 5, 6, 7], 68),
    ("client~sensor type=PUBLISH", &[3, 4, 5], 7),
    ("client~sensor or client~pump", &[1, 3, 4, 5], 34),
    ("!(client~sensor or client~pump)", &[0, 2, 6, 7], 54),
];

#[test]
fn every_field_and_operator_works() {
    let world = plant();
    let data = &world.model.data;
    for (text, connections, packets) in TABLE {
        let scope = Scope { filter: Filter::parse(text).unwrap(), ..Scope::default() };
        let listed: Vec<u32> = (0..data.index.connection_count()).filter(|id| scope.fits(data, *id)).collect();
        let shown = (0..data.index.len()).filter(|id| scope.fits_packet(data, *id)).count();
        assert_eq!((listed.as_slice(), shown), (*connections, *packets), "{text}");
    }
    let text: String = TABLE.iter().map(|(text, ..)| *text).collect::<Vec<_>>().join(" ");
    for (names, ..) in FIELDS {
        assert!(text.contains(names[0]), "{} is not tried", names[0]);
    }
}

#[test]
fn ladder_tells_what_the_filter_hides() {
    let mut world = plant();
    world.press("j j j Enter f type=PUBLISH Enter");
    assert!(view::text(&world.draw()).contains("the filter hides 5 packets"), "{}", view::text(&world.draw()));
    world.press("f Ctrl-u Enter");
    assert!(!view::text(&world.draw()).contains("hides"));
}
