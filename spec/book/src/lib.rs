//! Builds the BTX book: anchors, links, diagrams, requirement matrix.
