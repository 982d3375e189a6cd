// This file is about where AWS credentials for these kinds are kept.

/** The one Secret with AWS credentials, optional, where the operator lives; its name is what users of the kinds have. */
export const CREDENTIALS_SECRET = 'aws-ecr-cloud-credentials'
