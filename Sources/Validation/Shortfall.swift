extension Target {
  /// Why the model misses rows; known, and told beside them.
  public enum Shortfall: String, Sendable, CaseIterable {
    case richComposites =
      "composites of 80 % and more lose less at 0.5C and 1C than in the paper: nothing here lets ions or contact fail so steeply beyond 70 %"
    case rateOfComposites =
      "from 0.5C to 1C composites of 70 % lose less than in the paper: diffusion in equal spheres is not so steep"
  }

  /// Why the model misses the row with the shipped parameters; nil where it meets it.
  public var knownShortfall: Shortfall? {
    switch id {
    case "composite-0.5C-best", "composite-0.5C-90wt-capacity", "composite-1C-best",
      "dense-over-composite-0.5C-volumetric", "dense-over-composite-1C-gravimetric",
      "dense-over-composite-1C-volumetric":
      .richComposites
    case "composite-0.5C-70wt-gravimetric", "composite-0.5C-70wt-volumetric": .rateOfComposites
    default: nil
    }
  }
}
