//! Two observers as one.

use super::{Connection, GapView, Observer, Opened, PacketView, SegmentView, Violation};
use crate::finding::Finding;

/// Tells both all that is found. What is accepted, the first decides alone.
pub struct Both<'a, A: ?Sized, B: ?Sized>(pub &'a mut A, pub &'a mut B);

impl<A: Observer + ?Sized, B: Observer + ?Sized> Observer for Both<'_, A, B> {
    fn segment(&mut self, segment: &SegmentView<'_>) {
        self.0.segment(segment);
        self.1.segment(segment);
    }

    fn opened(&mut self, opened: &Opened) {
        self.0.opened(opened);
        self.1.opened(opened);
    }

    fn dismissed(&mut self, connection: u64) {
        self.0.dismissed(connection);
        self.1.dismissed(connection);
    }

    fn gap(&mut self, gap: &GapView) {
        self.0.gap(gap);
        self.1.gap(gap);
    }

    fn packet(&mut self, packet: &PacketView<'_>) {
        self.0.packet(packet);
        self.1.packet(packet);
    }

    fn accepts(&mut self, violation: &Violation<'_>) -> bool {
        self.0.accepts(violation)
    }

    fn pending(&mut self, finding: &Finding) {
        self.0.pending(finding);
        self.1.pending(finding);
    }

    fn finding(&mut self, finding: &Finding) {
        self.0.finding(finding);
        self.1.finding(finding);
    }

    fn connection(&mut self, connection: &Connection) {
        self.0.connection(connection);
        self.1.connection(connection);
    }
}
