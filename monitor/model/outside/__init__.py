"""What sources besides PubMed hold: citing works, registered trials, preprints, notices of retraction."""
