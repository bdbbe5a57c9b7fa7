import { Param, type PipeTransform } from '@nestjs/common';
import { DomainError } from '../core/domain-error';
import {
  type Digest,
  parseDigest,
  parseTagName,
  type RepositoryName,
  repositoryOfSlug,
  type TagName,
} from '../core/names';

/** Names in the path, checked against their grammar before anything is asked. */

export function RepositoryParameter(): ParameterDecorator {
  return Param('slug', new SlugPipe());
}

export function TagParameter(): ParameterDecorator {
  return Param('tag', new TagPipe());
}

export function DigestParameter(): ParameterDecorator {
  return Param('digest', new DigestPipe());
}

class SlugPipe implements PipeTransform<string, RepositoryName> {
  transform(slug: string): RepositoryName {
    const repository = repositoryOfSlug(slug);
    if (repository !== undefined) return repository;
    const sentence = `${JSON.stringify(slug)} names no repository: write local/gallery/ui as local~gallery~ui`;
    throw new DomainError('repository-unknown', sentence);
  }
}

class TagPipe implements PipeTransform<string, TagName> {
  transform(tag: string): TagName {
    return parseTagName(tag);
  }
}

class DigestPipe implements PipeTransform<string, Digest> {
  transform(digest: string): Digest {
    return parseDigest(digest);
  }
}
