"""The local reader: LightOnOCR in this process. Asking, evidence and verification are the remote reader's."""
