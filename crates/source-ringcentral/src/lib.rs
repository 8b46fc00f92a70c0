//! RingCentral as a Source.
