"""Trial registries: ClinicalTrials.gov, ISRCTN, and exports of the WHO's ICTRP."""
