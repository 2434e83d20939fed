"""What a person looks at after a replay: the folder, the page, the picture, the mailboxes."""
