/**
 * Bodies of checks on an environment, as the project's REST interface takes them (Check Configurations, 7.1-preview). It
 * names kinds of checks by ids that are the same in every organisation.
 */
export function checkBodies(): readonly object[] {
  return [
    {
      type: { id: '2ef31ad6-baa0-403a-8b45-2cbc9b4e5563', name: 'ExclusiveLock' },
      settings: {},
      ...common,
    },
    {
      type: { id: 'fe1de3ee-a436-41b4-bb20-f6eb4cb879a7', name: 'Task Check' },
      settings: {
        displayName: 'Branch control',
        definitionRef: {
          id: '86b05a0c-73e6-4f7d-b3cf-e38f3b39a75b',
          name: 'evaluatebranchProtection',
          version: '0.0.1',
        },
        inputs: { allowedBranches: 'refs/heads/main', ensureProtectionOfBranch: 'true' },
      },
      ...common,
    },
    {
      type: { id: '8c6f20a7-a545-4486-9777-f762fafe0d4d', name: 'Approval' },
      settings: {
        approvers: [{ id: 'ID_OF_PERSON_OR_GROUP' }],
        minRequiredApprovers: 1,
        requesterCannotBeApprover: true,
        executionOrder: 'anyOrder',
        instructions: '',
        blockedApprovers: [],
      },
      ...common,
    },
  ]
}

const common = { resource: { type: 'environment', id: 'ID_OF_ENVIRONMENT' }, timeout: 43_200 }
