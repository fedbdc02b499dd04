//! placeholder
pub(super) fn draw(
    measured: &[super::Measured],
    place: &str,
    machine: tombola_host::machine::Machine,
) -> String {
    let _ = (
        measured,
        super::choice::compresses(machine, &[measured[0].setting]),
    );
    place.to_owned()
}
