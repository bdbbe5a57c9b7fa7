import { DomainError } from '../../src/core/domain-error';

describe(DomainError.name, () => {
  it('has a code and a sentence, and is not retryable unless said', () => {
    const error = new DomainError('tag-invalid', 'no legal tag');

    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'DomainError', code: 'tag-invalid', retryable: false });
    expect(error.message).toBe('no legal tag');
    expect('cause' in error).toBe(false);
  });

  it('keeps the cause and whether another try can help', () => {
    const cause = new Error('timeout');

    const error = new DomainError('store-unavailable', 'try later', { cause, retryable: true });

    expect(error.cause).toBe(cause);
    expect(error.retryable).toBe(true);
  });
});
