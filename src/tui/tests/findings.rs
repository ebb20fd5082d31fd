//! The findings: groups, details, what leads to them and from them.

use insta::assert_snapshot as same;

use super::*;

#[test]
fn plant_small() {
    same!(screen(plant(), "5", SMALL));
}

#[test]
fn plant_large() {
    same!(screen(plant(), "5 j j j", LARGE));
}
