//! From a finding to its closed rectification.
