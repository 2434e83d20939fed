"""Languages of mails and pages: the operator's catalogues, and the fixed sentences said in one of them."""
